const { EXPRESS, IN_FRONT, KOA, OURS, PEERS } = require('./contestants');
const { SLOTS } = require('./downstream');

/** What one request asks for: milliseconds of CPU, milliseconds of the downstream. */
const CPU_MS = 5;
const IO_MS = 50;

/** What is asked for in each workload, and a mix of fast and slow routes that asks for as much on average. */
const WORKLOADS = {
  cpu: {
    path: `/cpu/${CPU_MS}`,
    mixed: [
      { path: '/cpu/2.5', share: 0.8, weight: 0.5 },
      { path: '/cpu/15', share: 0.2, weight: 3 },
    ],
  },
  io: {
    path: `/io/${IO_MS}`,
    mixed: [
      { path: '/io/30', share: 0.8, weight: 0.6 },
      { path: '/io/130', share: 0.2, weight: 2.6 },
    ],
  },
};
const BOTH = Object.keys(WORKLOADS);
const MULTIPLES = [0.5, 1, 2, 5, 10];
const STEP = 10;

/** Critical requests ask for so much of the capacity, whatever else is asked for. */
const CRITICAL_SHARE = 0.3;

const every = (rounds) => (round) => round % rounds === 0;
const ALWAYS = every(1);
const TWICE_IN_FIVE = every(3);
const ONCE_IN_FIVE = every(5);

/**
 * The cases of each scenario: `name`, `workload`, `multiple`; `contestants` by name, in which rounds each is measured; and
 * `plan(capacity, scale)`, what the generator is told.
 */
const SCENARIOS = {
  curve: BOTH.flatMap((workload) => MULTIPLES.map((multiple) => steady(workload, multiple))),
  step: BOTH.map((workload) => ({
    workload,
    multiple: STEP,
    contestants: { ...among(OURS, ALWAYS), ...among(PEERS, ONCE_IN_FIVE) },
    plan: step(only(workload)),
  })),
  mixed: BOTH.map((workload) => reported(workload, 5, overload(WORKLOADS[workload].mixed, 5, 'poisson'))),
  bursts: BOTH.map((workload) => reported(workload, 2.75, bursts(only(workload)))),
  halved: [reported('io', 0.9, halved(only('io'), 0.9))],
  slow: BOTH.map((workload) => reported(workload, 0.8, besideSlowClients(only(workload), 0.8))),
  critical: BOTH.flatMap((workload) =>
    [2, 10].map((multiple) => ({
      workload,
      multiple,
      contestants: among([IN_FRONT, EXPRESS], ALWAYS),
      plan: critical(workload, multiple),
    })),
  ),
};

function among(names, when) {
  return Object.fromEntries(names.map((name) => [name, when]));
}

function only(workload) {
  return [{ path: WORKLOADS[workload].path, share: 1, weight: 1 }];
}

function steady(workload, multiple) {
  const ours = workload === 'io' && multiple < STEP ? [IN_FRONT, EXPRESS] : OURS;
  const peers = among(PEERS, multiple > 1 ? TWICE_IN_FIVE : ONCE_IN_FIVE);
  return {
    workload,
    multiple,
    contestants: { ...among(ours, ALWAYS), ...peers },
    plan: overload(only(workload), multiple, 'constant'),
  };
}

function reported(workload, multiple, plan) {
  const contestants = { ...among([IN_FRONT, EXPRESS], TWICE_IN_FIVE), ...among(PEERS, ONCE_IN_FIVE) };
  return { workload, multiple, contestants, plan };
}

/** Half of the capacity to warm up, the load until it has settled, then the load that counts. */
function overload(kinds, multiple, arrivals) {
  return (capacity, { warmupSeconds, settleSeconds, seconds }) => ({
    arrivals,
    kinds,
    phases: [
      { seconds: warmupSeconds, perSecond: capacity / 2 },
      { seconds: settleSeconds + seconds, perSecond: capacity * multiple },
    ],
    spans: { measured: spanFrom(warmupSeconds + settleSeconds, seconds) },
  });
}

const spanFrom = (fromSeconds, seconds) => [fromSeconds * 1000, (fromSeconds + seconds) * 1000];

function step(kinds) {
  const [before, during, after] = [1.2, 3, 2.5];
  return (capacity) => ({
    kinds,
    phases: [
      { seconds: before, perSecond: capacity / 2 },
      { seconds: during, perSecond: capacity * STEP },
      { seconds: after, perSecond: capacity / 2 },
    ],
    spans: {
      first: spanFrom(before, 0.8),
      measured: spanFrom(before, during),
      back: spanFrom(before + during + 1, after - 1),
    },
  });
}

function bursts(kinds) {
  return (capacity, { warmupSeconds, seconds }) => {
    const wave = [5, 0.5].map((multiple) => ({ seconds: 0.2, perSecond: capacity * multiple }));
    return {
      kinds,
      phases: [
        { seconds: warmupSeconds, perSecond: capacity / 2 },
        ...Array(Math.round(seconds / 0.4))
          .fill(wave)
          .flat(),
      ],
      spans: { measured: spanFrom(warmupSeconds, seconds) },
    };
  };
}

function halved(kinds, multiple) {
  const [whole, half, again] = [2.5, 3, 3];
  return (capacity) => ({
    arrivals: 'poisson',
    kinds,
    phases: [{ seconds: whole + half + again, perSecond: capacity * multiple }],
    downstream: [
      [whole * 1000, SLOTS / 2],
      [(whole + half) * 1000, SLOTS],
    ],
    spans: { measured: spanFrom(whole, half), back: spanFrom(whole + half + 1, again - 1) },
  });
}

function besideSlowClients(kinds, multiple) {
  const plan = overload(kinds, multiple, 'poisson');
  return (...given) => ({ ...plan(...given), slow: { uploads: 40, downloads: 40 } });
}

function critical(workload, multiple) {
  const { path } = WORKLOADS[workload];
  const share = CRITICAL_SHARE / multiple;
  const kinds = [
    { path, headers: { 'X-Critical': '1' }, share, weight: 1 },
    { path, share: 1 - share, weight: 1 },
  ];
  const plan = overload(kinds, multiple, 'poisson');
  return (...given) => ({ ...plan(...given), critical: true });
}

/** The host whose capacity a contestant is measured by. */
const hostOf = (contestant) => (contestant === KOA ? 'koa' : 'express');

module.exports = { CPU_MS, hostOf, IO_MS, MULTIPLES, SCENARIOS, WORKLOADS };
