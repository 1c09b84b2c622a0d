/** Who waits for a client or a callback waits at most this long. */
const PATIENCE_MS = 1_500;

/** How far a client has got with a body, for an application that goes on only then. */
class Progress {
  /** The name of what node has warned of meanwhile. */
  warning;
  /** Whether the client has ever been waited for in vain. */
  held = false;
  /** Decoded bytes; -1 until the head is there. */
  #bytes = -1;
  #waiting = [];
  #callbacks = [];

  advance(bytes) {
    this.#bytes += bytes;
    this.#waiting = this.#waiting.filter(({ bytes, go }) => bytes > this.#bytes || go());
  }

  /** @returns a callback for node, which `everyoneCalledBack` waits for. */
  callback() {
    let called;
    this.#callbacks.push(
      new Promise((resolve) => {
        called = resolve;
      }),
    );
    return called;
  }

  async everyoneCalledBack() {
    return patiently(Promise.all(this.#callbacks));
  }

  /** Waits until the client has the head and so many decoded bytes. */
  async reached(bytes) {
    if (bytes <= this.#bytes || this.held) return;
    const there = new Promise((go) => this.#waiting.push({ bytes, go }));
    this.held = !(await patiently(there));
  }
}

/** @returns whether it came in time. */
async function patiently(promise) {
  let patience;
  const late = new Promise((resolve) => {
    patience = setTimeout(resolve, PATIENCE_MS, false);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(patience);
  }
}

module.exports = { Progress };
