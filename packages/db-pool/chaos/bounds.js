/** What may fail where connections are killed: no read for who retries them, else as much as for pg.Pool, which comes first. */
class Bounds {
  contender;
  #reference = {};

  failedReads(measured, of) {
    return this.#atMost('reads failed', measured, of, this.contender.retriesReads ? 0 : undefined);
  }

  failedWrites(measured, of) {
    return this.#atMost('writes failed', measured, of);
  }

  #atMost(what, measured, of, most) {
    this.#reference[what] ??= measured;
    return { what, measured, of, most: most ?? this.#reference[what] };
  }
}

module.exports = { Bounds };
