const checks = require('../conformance/checks');
const { OURS } = require('../conformance/contestants');
const { isFor, open } = require('../conformance/engine');
const { firstLie } = require('../conformance/invariants');
const { PROBES } = require('../conformance/probes');
const { SEEN } = require('../conformance/seen');
const { tableMarkdown } = require('../conformance/table');
const { nothing } = require('../conformance/wrong');

interface Probe {
  readonly claim: string;
}
interface Contestant {
  readonly name: string;
  readonly host: string;
  readonly offers: readonly string[];
  readonly make: () => unknown;
}
interface Opened {
  run(probe: Probe): Promise<string | undefined>;
  close(): Promise<void>;
}

const probesFor = (contestant: Contestant): Probe[] =>
  PROBES.filter((probe: Probe) => isFor(probe, contestant));

/** What the probes say of a middleware, one after the other. */
async function failuresOf(host: string, middleware: unknown, probes: readonly Probe[]) {
  const { run, close }: Opened = await open({ host, offers: ['gzip', 'br'], make: () => middleware });
  const failures = [];
  try {
    for (const probe of probes) failures.push(await run(probe));
  } finally {
    await close();
  }
  return failures;
}

describe.each<Contestant>(OURS)('$name', (contestant) => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open(contestant);
  });
  afterAll(() => opened.close());

  it.each<Probe>(probesFor(contestant))('$claim', async (probe) => {
    expect(await opened.run(probe)).toBe(undefined);
  });
});

describe('the probes', () => {
  it.each<Contestant>(OURS)('are at least 60 for $name', (contestant) => {
    expect(probesFor(contestant).length).toBeGreaterThanOrEqual(60);
  });

  it('have a claim of their own each', () => {
    expect(new Set(PROBES.map(({ claim }: Probe) => claim)).size).toBe(PROBES.length);
  });

  it.each([
    ['express', nothing],
    ['node', nothing],
    ['koa', (_ctx: unknown, next: () => unknown) => next()],
  ])('miss nothing but the coding where nothing codes on %s', async (host, middleware) => {
    // Only middleware brings `res.flush`.
    const asked = PROBES.filter(({ claim }: Probe) => !claim.startsWith('res.flush()'));
    const failures = new Set(await failuresOf(host, middleware, asked));
    expect(failures).toEqual(new Set([undefined, '-', 'not coded', 'Vary lacks Accept-Encoding']));
  });
});

describe('what is wrong', () => {
  it.each<[string, string, string, unknown]>(SEEN)(
    'is seen by the check %s: %s, or else: %s',
    async (_check, claim, failure, middleware) => {
      const probes = PROBES.filter((probe: Probe) => probe.claim === claim);
      expect(await failuresOf('node', middleware, probes)).toEqual([failure]);
    },
  );

  it('is seen where it takes too long', () => {
    expect(checks.within(10)({ elapsedMs: 10 })).toBe(undefined);
    expect(checks.within(10)({ elapsedMs: 11 })).toBe('11 ms');
  });

  it('is seen where node warns', () => {
    expect(checks.withoutWarning({}, { progress: {} })).toBe(undefined);
    expect(checks.withoutWarning({}, { progress: { warning: 'Warning' } })).toBe('Warning');
  });

  it('is seen by each check that there is', () => {
    const seen = [...SEEN.map(([check]: [string]) => check), 'within', 'withoutWarning'];
    expect(Object.keys(checks).filter((check) => !seen.includes(check))).toEqual([]);
  });

  // Clients of HTTP/1.1 refuse most of these themselves.
  it.each([
    ['Content-Length twice', 200, ['Content-Length', 'Content-Length']],
    ['Content-Length and Transfer-Encoding', 200, ['Content-Length', 'Transfer-Encoding']],
    ['Content-Length of a 204', 204, ['Content-Length']],
    ['content of a 304', 304, []],
    ['3 bytes of 0', 200, []],
  ])('is seen in what a message says of its length: %s', (lie, status, names) => {
    const wire = Buffer.from('abc');
    const response = { status, fields: names.map((name) => [name, '3']), wire, decoded: wire };
    const about = { request: {}, answer: { status, body: { bytes: Buffer.alloc(0) } } };
    expect(firstLie(response, about, {})).toBe(lie);
  });
});

describe('the table', () => {
  it('has a row a probe, says what failed first and counts', () => {
    const rows = [
      { name: 'one', cells: [undefined, 'not | coded', '-'] },
      { name: 'two', cells: [undefined, undefined, 'status 500'] },
    ];
    expect(tableMarkdown(['a', 'b', 'c'], rows, '-')).toEqual({
      text: [
        '| probe | a | b | c |',
        '|-|-|-|-|',
        '| one | pass | not \\| coded | - |',
        '| two | pass | pass | status 500 |',
        '| 2 probes | 0 of 2 failed | 1 of 2 failed | 1 of 1 failed |',
      ].join('\n'),
      failed: [0, 1, 1],
    });
  });
});
