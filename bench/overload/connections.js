const { Connection } = require('./connection');

/**
 * Connections of many clients. A request takes the one that was idle longest: one that answered just now is most likely at a
 * server that can answer just now, and to prefer it hides the overload that is looked for.
 */
class Connections {
  #open;
  #most;
  #idle = [];
  #count = 0;

  /**
   * @param open makes a connection, given what to call when it is closed.
   * @param most the bound on how many are open at a time.
   */
  constructor(open, most) {
    this.#open = open;
    this.#most = most;
  }

  get count() {
    return this.#count;
  }

  /** @returns the one idle longest, a new one where all are busy, and undefined at the bound. */
  take() {
    while (this.#idle.length > 0) {
      const connection = this.#idle.shift();
      if (connection.open) return connection;
    }
    return this.#count < this.#most ? this.add() : undefined;
  }

  /** Another one, in use. */
  add() {
    this.#count++;
    return this.#open(() => {
      this.#count--;
    });
  }

  /** Gives one back after its answer. */
  release(connection) {
    if (connection.open) this.#idle.push(connection);
    else connection.leave();
  }

  /** Closes those that are idle. */
  close() {
    for (const connection of this.#idle.splice(0)) connection.leave();
  }
}

/** Connections opened at a time: more than a server's queue of them holds would be tried again a second later. */
const BATCH = 100;

/** @returns connections to a port of which so many are open already. */
async function connect(port, { opened, most }) {
  const connections = new Connections((onClosed) => new Connection(port, onClosed), most);
  for (let left = opened; left > 0; left -= BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, left) }, () => connections.add());
    await Promise.all(batch.map((connection) => new Promise((done) => connection.onceConnected(done))));
    for (const connection of batch) connections.release(connection);
  }
  return connections;
}

module.exports = { Connections, connect };
