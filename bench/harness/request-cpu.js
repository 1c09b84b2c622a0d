const { startChild } = require('./child');
const { serve } = require('./null-socket');
const { cpuOf, rotate } = require('./rotate');
const { differences, quartiles } = require('./statistics');
const { table } = require('./table');

/** Slices so short that all of a round meet the same machine, and that most meet no garbage collection. */
const SLICE = 25;

/**
 * CPU a request of several listeners in this process, over no socket.
 * @param listeners by name.
 * @returns by name, microseconds a request, a sample a round.
 */
async function requestCpu(listeners, { rounds, warmup }) {
  const measures = {};
  for (const [name, listener] of Object.entries(listeners)) {
    await serve(listener, warmup);
    measures[name] = async () => (await cpuOf(() => serve(listener, SLICE))) / SLICE;
  }
  return rotate(measures, rounds);
}

/**
 * What each contestant adds to the first one.
 * @param file whose `inChild(title)` has `samples(scale)`; each pass is a process of its own, compiled anew.
 */
async function addedCpuTable(title, file, { passes, ...scale }) {
  const samples = {};
  for (let pass = 0; pass < passes; pass++) {
    const child = startChild(file, [title]);
    const measured = await child.call('samples', scale);
    child.stop();
    for (const name in measured) samples[name] = [...(samples[name] ?? []), ...measured[name]];
  }
  const [first] = Object.values(samples);
  const rows = Object.entries(samples).map(([name, own]) => ({
    name,
    cells: [quartiles(own), differences(own, first)],
  }));
  return table(title, ['us a request', 'added us'], rows);
}

module.exports = { addedCpuTable, requestCpu };
