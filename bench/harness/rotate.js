/**
 * Measures contestants by turns: A B C, then B C A. What the machine does meanwhile meets all alike.
 * @param contestants by name, a function that measures one slice.
 * @returns by name, a sample a round.
 */
async function rotate(contestants, rounds) {
  const names = Object.keys(contestants);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      samples[name].push(await contestants[name]());
    }
  }
  return samples;
}

/** Microseconds of CPU, kernel and helper threads included, that this process spends on a task. */
async function cpuOf(task) {
  const before = process.cpuUsage();
  await task();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

module.exports = { cpuOf, rotate };
