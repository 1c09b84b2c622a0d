const { quartiles } = require('../harness/statistics');

/** What all rounds have measured. A sample is what `measure` gave, with the `capacity` of its round. */
class Results {
  #samples = new Map();

  add(scenario, { workload, multiple }, contestant, sample) {
    const key = keyOf(scenario, workload, multiple, contestant);
    this.#samples.set(key, [...(this.#samples.get(key) ?? []), sample]);
  }

  /** Samples that count. */
  samples(scenario, workload, multiple, contestant) {
    const all = this.#samples.get(keyOf(scenario, workload, multiple, contestant)) ?? [];
    return all.filter((sample) => !sample.void);
  }

  /** @returns the quartiles of what `read` finds in the samples; undefined where it finds nothing in half of them. */
  cell(scenario, workload, multiple, contestant, read) {
    const samples = this.samples(scenario, workload, multiple, contestant);
    const numbers = samples.map(read).filter((number) => number !== undefined);
    return numbers.length > samples.length / 2 ? quartiles(numbers) : undefined;
  }

  /** How many runs there were, how many were repeated and how many were void in the end. */
  counts() {
    const all = [...this.#samples.values()].flat();
    return {
      runs: all.length,
      repeated: all.reduce((sum, { voided }) => sum + voided, 0),
      void: all.filter((sample) => sample.void).length,
      worstLagP99Ms: Math.max(0, ...all.map(({ lag }) => lag.p99Ms)),
    };
  }

  toJSON() {
    const brief = ({ capacity, spans, lag, slow }) => ({ capacity, spans, lag, slow });
    return Object.fromEntries([...this.#samples].map(([key, samples]) => [key, samples.map(brief)]));
  }
}

const keyOf = (scenario, workload, multiple, contestant) =>
  `${scenario}, ${workload}, ${multiple}x: ${contestant}`;

module.exports = { Results };
