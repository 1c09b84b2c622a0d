const { RateLimiter } = require('@spillway/rate-limit');
const { MemoryStore } = require('express-rate-limit');
const { RateLimiterMemory } = require('rate-limiter-flexible');
const { startChild } = require('../harness/child');
const { settledBytes } = require('../harness/heap');
const { cpuOf, rotate } = require('../harness/rotate');
const { quartiles, ratios } = require('../harness/statistics');
const { medianOf, table } = require('../harness/table');
const { atLeast, atMost, moreThan } = require('../harness/targets');

const windowMs = 15 * 60_000;
const SLICE = 50_000;

const spillway = (options) => {
  const limiter = new RateLimiter({ windowMs, ...options });
  return (key) => limiter.consume(key);
};
const expressRateLimit = () => {
  const store = new MemoryStore();
  store.init({ windowMs });
  return (key) => store.increment(key);
};
const flexible = (points) => {
  const limiter = new RateLimiterMemory({ points, duration: windowMs / 1000 });
  return (key) => limiter.consume(key);
};

/** By name, what makes a function that decides on one key, and whether it has to be awaited. */
const CONTESTANTS = {
  spillway: { create: (limit) => spillway({ limit }) },
  'spillway, awaited all the same': { create: (limit) => spillway({ limit }), later: true },
  'spillway, rejecting': { create: () => spillway({ limit: 1 }) },
  'spillway, fixed-window': { create: (limit) => spillway({ limit, algorithm: 'fixed-window' }) },
  'spillway, token-bucket': { create: (limit) => spillway({ limit, algorithm: 'token-bucket' }) },
  // It keeps a time a unit, so the limit is one that memory can hold; a single key soon rejects.
  'spillway, sliding-log of 100': { create: () => spillway({ limit: 100, algorithm: 'sliding-log' }) },
  'express-rate-limit': { create: expressRateLimit, later: true },
  'rate-limiter-flexible': { create: flexible, later: true },
  'rate-limiter-flexible, rejecting': { create: () => flexible(1), later: true },
};

/** Reached by no key, and so low for many keys that a token bucket has something to hold. */
const limitFor = (keyCount) => (keyCount === 1 ? 1_000_000_000 : 1000);

/** Keys of as many clients in an order that no cache can foresee; new strings each time, as each request brings its own. */
function createKeys(from, length, clients) {
  return Array.from({ length }, (_, i) => {
    const client = ((from + i) * 48_271) % clients;
    return [10, client >> 16, (client >> 8) & 255, client & 255].join('.');
  });
}

function decideAll(decide, keys) {
  for (const key of keys) decide(key);
}

async function awaitAll(decide, keys) {
  for (const key of keys) {
    try {
      await decide(key);
    } catch {} // how rate-limiter-flexible rejects
  }
}

exports.inChild = (name, keyCount) => {
  const { create, later } = CONTESTANTS[name];
  const run = later ? awaitAll : decideAll;
  const decide = create(limitFor(keyCount));
  let asked = 0;
  return {
    fill: () => run(decide, createKeys(0, keyCount, keyCount)),
    /** Million decisions a second of CPU. */
    async slice() {
      const keys = createKeys(asked, SLICE, keyCount);
      asked += SLICE;
      // Twice makes them old: else the first collections amid a slice would carry them over, on a contestant's account.
      for (let i = 0; i < 2; i++) global.gc({ type: 'minor' });
      return SLICE / (await cpuOf(() => run(decide, keys)));
    },
    /** Bytes that stay of a key, the key itself included where it is kept. */
    async bytesPerKey() {
      const empty = await settledBytes();
      await run(decide, createKeys(0, keyCount, keyCount));
      return ((await settledBytes()) - empty) / keyCount;
    },
  };
};

exports.title = 'Decisions in process';
exports.packages = ['express-rate-limit', 'rate-limiter-flexible'];
exports.scale = { rounds: 50, warmup: 20, keys: 100_000 };
exports.quick = { rounds: 2, warmup: 0, keys: 1000 };

exports.run = async ({ keys, ...scale }) => {
  const one = await speedTable('1 key', 1, scale);
  const many = await speedTable(`${keys} keys`, keys, scale);
  const memory = await memoryTable(`${keys} keys`, keys);
  return {
    tables: [one, many, memory],
    targets: [...speedTargets(one), ...speedTargets(many), memoryTarget(memory)],
  };
};

const names = Object.keys(CONTESTANTS);
const PEERS = ['express-rate-limit', 'rate-limiter-flexible'];

async function speedTable(title, keys, { rounds, warmup }) {
  const children = names.map((name) => startChild(__filename, [name, keys], ['--expose-gc']));
  for (const child of children) await child.call('fill');
  const slices = Object.fromEntries(names.map((name, i) => [name, () => children[i].call('slice')]));
  await rotate(slices, warmup);
  const samples = await rotate(slices, rounds);
  for (const child of children) child.stop();
  const row = (name) => ({
    name,
    cells: [quartiles(samples[name]), ...PEERS.map((peer) => ratios(samples[name], samples[peer]))],
  });
  return table(title, ['million a second of CPU', ...PEERS.map((peer) => `to ${peer}`)], names.map(row));
}

async function memoryTable(title, keys) {
  const rows = [];
  for (const name of names) {
    const child = startChild(__filename, [name, keys], ['--expose-gc']);
    rows.push({ name, cells: [quartiles([await child.call('bytesPerKey')])] });
    child.stop();
  }
  return table(title, ['bytes a key'], rows);
}

const speedTargets = (table) => [
  moreThan(`${table.title}: to express-rate-limit`, medianOf(table, 'spillway', 'to express-rate-limit'), 1),
  atLeast(
    `${table.title}: to rate-limiter-flexible`,
    medianOf(table, 'spillway', 'to rate-limiter-flexible'),
    3,
  ),
];

const memoryTarget = (table) => atMost('bytes a key', medianOf(table, 'spillway', 'bytes a key'), 64);
