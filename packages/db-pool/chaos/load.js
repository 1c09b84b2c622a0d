const BURST_MS = 50;
/** At each burst. More than there are connections: some wait, some share. */
const READS = 20;
const SLOW_READS = 20;
const WRITES = 5;
const SLOW_MS = 10;

/** Requests that come whether earlier ones are answered or not. */
class Load {
  #client;
  #timer;
  #reads = [];
  #writes = [];
  #count = 0;

  constructor(client) {
    this.#client = client;
    this.#timer = setInterval(() => this.#burst(), BURST_MS);
  }

  #burst() {
    for (let i = 0; i < READS; i++) this.#reads.push(this.#client.get('/read'));
    for (let i = 0; i < SLOW_READS; i++) this.#reads.push(this.#client.get(`/slow?ms=${SLOW_MS}`));
    for (let i = 0; i < WRITES; i++) this.#write(`load-${this.#count++}`);
  }

  #write(tag) {
    const answer = this.#client.post(`/write?tag=${tag}`).then((one) => ({ tag, ...one }));
    this.#writes.push(answer);
  }

  /** @returns all answers, once there are no more to come. */
  async stop() {
    clearInterval(this.#timer);
    return { reads: await Promise.all(this.#reads), writes: await Promise.all(this.#writes) };
  }
}

const isGood = ({ status }) => status >= 200 && status < 300;
const failed = (answers) => answers.filter((answer) => !isGood(answer)).length;

/** Milliseconds after `upMs` until every read that begins is served, in no more than a second. */
function recoveryMs(reads, upMs) {
  const since = reads.filter(({ startedMs }) => startedMs >= upMs);
  const bad = since.filter((answer) => !isGood(answer) || answer.tookMs > 1_000);
  if (bad.length === since.length) return Number.POSITIVE_INFINITY;
  return Math.max(0, ...bad.map(({ startedMs }) => startedMs - upMs));
}

module.exports = { Load, failed, isGood, recoveryMs };
