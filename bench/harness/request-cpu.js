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
 * What each contestant adds to the first one. Each is measured beside the first alone, in a process of its own: an application has
 * one limiter, and code that serves several at once is compiled into something slower.
 * @param file whose `inChild(title, name)` has `samples(scale)`, of the first contestant and the named one.
 */
async function addedCpuTable(title, file, names, { passes, ...scale }) {
  const samples = Object.fromEntries(names.map((name) => [name, { own: [], first: [] }]));
  for (let pass = 0; pass < passes; pass++) {
    for (const name of names) {
      const child = startChild(file, [title, name]);
      const measured = await child.call('samples', scale);
      child.stop();
      samples[name].own.push(...measured[name]);
      samples[name].first.push(...measured[names[0]]);
    }
  }
  const rows = Object.entries(samples).map(([name, { own, first }]) => ({
    name,
    cells: [quartiles(own), differences(own, first)],
  }));
  return table(title, ['us a request', 'added us'], rows);
}

module.exports = { addedCpuTable, requestCpu };
