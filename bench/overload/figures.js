const { quartiles } = require('../harness/statistics');
const { IN_FRONT, OURS, PEERS } = require('./contestants');
const { linePlot } = require('../harness/plots');
const { ofCapacity, p99 } = require('./readings');
const { MULTIPLES } = require('./scenarios');
const { WINDOW_MS } = require('./summary');

const NAMES = [...OURS, ...PEERS];
const TITLES = { cpu: 'CPU-bound: 5 ms of JavaScript', io: 'IO-bound: a downstream of 20 slots x 50 ms' };
const OFFERED = { title: 'offered load, multiples of the capacity', log: 2, min: 0.5, max: 10 };

/** @returns by file name, an SVG of each plot. */
const figuresOf = (results) => ({
  ...curves(results, 'goodput', { title: 'goodput, % of capacity', min: 0 }, ofCapacity()),
  ...curves(results, 'p99', { title: 'p99 of the served, ms', log: 10 }, p99),
  'step-cpu.svg': step(results, 'cpu'),
  'step-io.svg': step(results, 'io'),
});

function curves(results, file, y, reader) {
  const plot = (workload) =>
    linePlot({
      title: TITLES[workload],
      series: seriesOf(results, workload, reader),
      names: NAMES,
      x: OFFERED,
      y,
    });
  return { [`${file}-cpu.svg`]: plot('cpu'), [`${file}-io.svg`]: plot('io') };
}

function seriesOf(results, workload, reader) {
  const points = (name) =>
    MULTIPLES.map((multiple) => [
      multiple,
      results.cell('curve', workload, multiple, name, reader)?.median,
    ]).filter(([, y]) => y !== undefined);
  const series = NAMES.map((name) => [name, points(name)]);
  return Object.fromEntries(series.filter(([, points]) => points.length > 1));
}

const IN_STEP = [IN_FRONT, ...PEERS];

function step(results, workload) {
  const series = Object.fromEntries(
    IN_STEP.map((name) => [name, overTime(results.samples('step', workload, 10, name))]),
  );
  return linePlot({
    title: `${TITLES[workload]}: 0.5x, 10x, 0.5x`,
    series,
    names: NAMES,
    x: { title: 'seconds', min: 0, max: 6.7 },
    y: { title: 'goodput, % of capacity', min: 0 },
    shaded: [1.2, 4.2, '10x'],
  });
}

/** The median of the rounds for each two windows: one is too short to count what is served in it. */
function overTime(samples) {
  const windows = samples[0]?.windows.length ?? 0;
  return Array.from({ length: Math.floor(windows / 2) }, (_, pair) => {
    const goodputs = samples.map(({ windows, capacity }) => {
      const [first, second] = windows.slice(pair * 2);
      return (50 * (first.goodput + second.goodput)) / capacity;
    });
    return [((pair * 2 + 1) * WINDOW_MS) / 1000, quartiles(goodputs).median];
  });
}

module.exports = { figuresOf };
