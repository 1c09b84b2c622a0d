/** For a request that no answer came to in time. */
const NONE = 0;

/** Before the first arrival, so that none is late from the beginning. */
const LEAD_MS = 20;

/**
 * Sends requests when they are due, whatever became of those before. It sleeps between arrivals, and sends all that are due when it
 * wakes: one that spins instead takes the time that it measures with from the server's kernel, and reads late what it sent early.
 * @param dueMs when each is to be sent, ascending. Latencies count from then: a client doesn't care why it waited.
 * @param requests the bytes of each kind; `kinds`: which kind each arrival is.
 * @param connections where `take()` says undefined, requests wait for a connection.
 * @param onAnswer told the status and latency of each answer, as it comes.
 * @param giveUpMs after this time a client leaves, and its connection is closed.
 * @returns an entry a request: `status` (0: no answer), `latencyMs`, `retryAfterS`, and `lagMs`, by how much the sender itself was late.
 */
function offer({ dueMs, kinds, requests, connections, giveUpMs, onAnswer = () => {} }) {
  const run = new OpenLoop(dueMs, kinds, requests, connections, giveUpMs, onAnswer);
  return new Promise((resolve) => run.start(resolve));
}

class OpenLoop {
  #next = 0;
  #oldest = 0;
  #pending = 0;
  #underWay = new Map();
  #waiting = [];

  constructor(dueMs, kinds, requests, connections, giveUpMs, onAnswer) {
    const nothing = () => new Float64Array(dueMs.length).fill(Number.NaN);
    Object.assign(this, { dueMs, kinds, requests, connections, giveUpMs, onAnswer });
    this.status = new Uint16Array(dueMs.length);
    this.latencyMs = nothing();
    this.retryAfterS = nothing();
    this.lagMs = nothing();
  }

  start(done) {
    this.done = done;
    this.begun = performance.now() + LEAD_MS;
    this.timer = setTimeout(this.#wake, LEAD_MS);
  }

  #now = () => performance.now() - this.begun;

  #wake = () => {
    while (this.#next < this.dueMs.length && this.dueMs[this.#next] <= this.#now())
      this.#arrive(this.#next++);
    this.#giveUp();
    if (this.#isOver()) return this.#finish();
    this.timer = setTimeout(this.#wake, Math.max(0, this.#wakeMs() - this.#now()));
  };

  #arrive(request) {
    this.lagMs[request] = this.#now() - this.dueMs[request];
    this.#pending++;
    this.#waiting.push(request);
    this.#sendWaiting();
  }

  #sendWaiting() {
    while (this.#waiting.length > 0) {
      const connection = this.connections.take();
      if (!connection) return;
      this.#send(this.#waiting.shift(), connection);
    }
  }

  #send(request, connection) {
    this.#underWay.set(request, connection);
    connection.send(this.requests[this.kinds[request]], (answer) =>
      this.#answered(request, connection, answer),
    );
  }

  #answered(request, connection, answer) {
    if (!this.#underWay.delete(request)) return this.#sendWaiting(); // given up; its connection is closed by now
    if (answer) {
      this.status[request] = answer.status;
      this.latencyMs[request] = this.#now() - this.dueMs[request];
      this.retryAfterS[request] = answer.retryAfterS ?? Number.NaN;
      this.onAnswer(answer.status, this.latencyMs[request]);
    }
    this.#pending--;
    this.connections.release(connection);
    this.#sendWaiting();
    if (this.#isOver()) this.#finish();
  }

  /** All are given the same time, so that the oldest are the first to go. */
  #giveUp() {
    const lastDueMs = this.#now() - this.giveUpMs;
    for (; this.#oldest < this.#next && this.dueMs[this.#oldest] <= lastDueMs; this.#oldest++)
      this.#leave(this.#oldest);
  }

  #leave(request) {
    const connection = this.#underWay.get(request);
    if (!connection) return this.#leaveQueue(request);
    this.#underWay.delete(request);
    this.#pending--;
    connection.leave();
  }

  #leaveQueue(request) {
    if (this.#waiting[0] !== request) return; // it was answered
    this.#waiting.shift();
    this.#pending--;
  }

  #wakeMs() {
    const arrival = this.#next < this.dueMs.length ? this.dueMs[this.#next] : Number.POSITIVE_INFINITY;
    return Math.min(arrival, this.dueMs[this.#oldest] + this.giveUpMs);
  }

  #isOver = () => this.#next === this.dueMs.length && this.#pending === 0;

  #finish() {
    clearTimeout(this.timer);
    const { dueMs, kinds, status, latencyMs, retryAfterS, lagMs } = this;
    this.done({ dueMs, kinds, status, latencyMs, retryAfterS, lagMs });
  }
}

module.exports = { NONE, offer };
