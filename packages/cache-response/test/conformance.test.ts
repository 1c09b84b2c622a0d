import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const { CONTESTANTS } = require('../conformance/contestants');
const { shortfalls } = require('../conformance/score');
const { writeSuite } = require('../conformance/tiny-suite');

const RUN = path.join(__dirname, '../conformance/run.js');

/** Every run starts two processes a contestant. */
const LIMIT_MS = 60_000;

interface Asked {
  readonly id: string;
  readonly kind?: 'required' | 'optimal' | 'check';
  readonly answer?: object;
  readonly expected?: string;
  /** A result that nobody is asked for. */
  readonly outcome?: true | readonly [name: string, message: string];
  readonly depends_on?: readonly string[];
  readonly browser_only?: true;
}

const PASSED = { outcome: true } as const;

const passed = (kind: 'required' | 'optimal', count: number): Asked[] =>
  Array.from({ length: count }, (_, i) => ({ id: `${kind}-${i}`, kind, ...PASSED }));

/** What an origin may say, and a middleware has to let pass. */
const ON_THE_WIRE: Asked[] = [
  { id: 'odd', answer: { status: 999, reason: 'Odd' }, expected: '999 Odd, 999 Odd, origin 2' },
  { id: 'hints', answer: { hints: { link: '</a.css>' } }, expected: twice('102 103 200 OK', 2) },
  { id: 'leaves', answer: { leaves: true }, expected: twice('ECONNRESET', 2) },
  { id: 'error', answer: { status: 500 }, expected: twice('500 Internal Server Error', 2) },
];

const STORED: Asked = {
  id: 'stored',
  answer: { cacheControl: 'max-age=60' },
  expected: twice('200 OK', 1),
};

function twice(head: string, times: number): string {
  return `${head}, ${head}, origin ${times}`;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cache-tests-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A checkout of a tiny suite with these tests. Of its files, some may be left out. */
function checkout(tests: readonly Asked[], { without }: { without?: string } = {}): string {
  writeSuite(folder, tests, without);
  return folder;
}

interface Ran {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (CACHE_TESTS: string | undefined, ...args: string[]): Promise<Ran> =>
  new Promise((resolve) =>
    execFile(
      process.execPath,
      [RUN, ...args],
      { env: { ...process.env, CACHE_TESTS } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    ),
  );

describe('the command', () => {
  it.each([
    ['is not set', 'CACHE_TESTS is not set.', () => undefined],
    ['names no checkout', 'has no package.json.', () => folder],
    [
      'names a part of one',
      'has no test-engine/lib/results.mjs.',
      () => checkout([], { without: 'test-engine/lib' }),
    ],
  ])('says how to get the suite where CACHE_TESTS %s', async (_case, message, suiteOf) => {
    const { code, stdout, stderr } = await run(suiteOf());
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('git clone https://github.com/http-tests/cache-tests\n');
    expect(stderr).toContain('npm install');
  });

  it('says how to install what the suite needs', async () => {
    const { code, stderr } = await run(checkout([], { without: 'node_modules' }));
    expect(code).toBe(2);
    expect(stderr).toContain('lacks undici');
    expect(stderr).toContain(`(cd ${folder} && npm install)`);
  });

  it.each([
    ['--only', 'neither', 'The suite has no test neither.'],
    ['--contestant', 'neither', 'No contestant is named neither. There are: safe on express, '],
    ['--neither', '', "Unknown option '--neither'"],
  ])('refuses %s %s', async (option, value, message) => {
    const { code, stdout, stderr } = await run(checkout([{ id: 'a', ...PASSED }]), option, value);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it.each([
    ['client', 'test-engine/client/runner.mjs', 'throw new Error("broken")'],
    ['server', 'test-engine/server/handle-config.mjs', 'throw new Error("broken")'],
    ['server', 'test-engine/server/handle-test.mjs', 'export default () => process.exit(1)'],
  ])(
    'says which part has broken: the %s, by its %s',
    async (part, file, text) => {
      const suite = checkout([STORED]);
      writeFileSync(path.join(suite, file), text);
      const { code, stdout, stderr } = await run(suite, '--contestant', 'no cache on koa');
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`Error: ${part}-main.js ${folder} `);
      expect(stderr).toContain(' ended with 1\n');
    },
    LIMIT_MS,
  );
});

describe('the table', () => {
  it(
    'has a row a contestant, behind which the origin says what it likes',
    async () => {
      const tests = [
        ...ON_THE_WIRE,
        STORED,
        ...passed('required', 160 - ON_THE_WIRE.length - 1),
        ...passed('optimal', 99),
        { id: 'browser', browser_only: true },
        { id: 'good', kind: 'check', ...PASSED },
        { id: 'bad', kind: 'check', outcome: ['Assertion', 'no'] },
      ] satisfies Asked[];
      const { code, stdout, stderr } = await run(checkout(tests));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [versions, ...lines] = stdout.split('\n');
      expect(versions).toMatch(/^Node v\d.*, express 5.*, koa 3.*, cache-tests 1\.2\.3$/);
      expect(lines).toEqual([
        '',
        '| contestant | required | optimal | check |',
        '|-|-|-|-|',
        '| safe on express | 160 of 160 | 99 of 99 | 1 of 2 |',
        '| safe on koa | 160 of 160 | 99 of 99 | 1 of 2 |',
        '| safe in front | 160 of 160 | 99 of 99 | 1 of 2 |',
        '| rfc9111 on express | 160 of 160 | 99 of 99 | 1 of 2 |',
        '| rfc9111 on koa | 160 of 160 | 99 of 99 | 1 of 2 |',
        '| rfc9111 in front | 160 of 160 | 99 of 99 | 1 of 2 |',
        '| no cache on express | 159 of 160 | 99 of 99 | 1 of 2 |',
        '| no cache on koa | 159 of 160 | 99 of 99 | 1 of 2 |',
        '',
      ]);
    },
    LIMIT_MS,
  );

  it(
    'is followed by what has not passed and by the targets missed',
    async () => {
      const tests = [
        { id: 'a', ...PASSED },
        { id: 'b', outcome: ['Assertion', 'b is wrong'] },
        { id: 'c', kind: 'required', outcome: ['Setup', 'c is not ready'] },
        { id: 'd', kind: 'optimal', outcome: ['Assertion', 'd is slow'] },
        { id: 'e', kind: 'optimal', outcome: ['AbortError', 'e had no end'] },
        { id: 'f', depends_on: ['b'], ...PASSED },
        { id: 'g', kind: 'check', outcome: ['Assertion', 'g is not so'] },
      ] satisfies Asked[];
      const { code, stdout, stderr } = await run(checkout(tests), '--contestant', 'rfc9111 on koa');
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(stdout.split('\n').slice(4)).toEqual([
        '| rfc9111 on koa | 1 of 4 | 0 of 2 | 0 of 1 |',
        '',
        'Not passed by rfc9111 on koa:',
        '',
        '- b (required): fail: b is wrong',
        '- c (required): setup_fail: c is not ready',
        '- d (optimal): optional_fail: d is slow',
        '- e (optimal): harness_fail: e had no end',
        '- f (required): dependency_fail',
        '',
        'Targets missed:',
        '',
        '- rfc9111 on koa: 1 required tests passed, 160 wanted',
        '- rfc9111 on koa: 0 optimal tests passed, 99 wanted',
        '- rfc9111 on koa: required tests failed: b',
        '',
      ]);
    },
    LIMIT_MS,
  );

  it(
    'names nothing of who stores nothing, who has no target',
    async () => {
      const { code, stdout } = await run(checkout([STORED]), '--contestant', 'no cache on express');
      expect(stdout.split('\n').slice(4)).toEqual(['| no cache on express | 0 of 1 | 0 of 0 | 0 of 0 |', '']);
      expect(code).toBe(0);
    },
    LIMIT_MS,
  );
});

describe('--only', () => {
  it(
    'asks one test of each contestant, and shows what both sides say',
    async () => {
      const tests = [...ON_THE_WIRE, { ...STORED, depends_on: ['leaves'] }];
      const { code, stdout } = await run(checkout(tests), '--only', 'stored', '--contestant', 'no cache');
      const ofEach = [
        'the server was told of stored',
        'the server was asked stored',
        'the server was asked stored',
        'the client has heard 200 OK, 200 OK, origin 2',
        'stored (required): fail: 200 OK, 200 OK, origin 2',
      ];
      expect(stdout.split('\n').filter((line) => line !== '')).toEqual([
        'no cache on express',
        ...ofEach,
        'no cache on koa',
        ...ofEach,
      ]);
      expect(code).toBe(0);
    },
    LIMIT_MS,
  );
});

describe('a target', () => {
  const targetOf = (contestant: string) =>
    CONTESTANTS.find(({ name }: { name: string }) => name === contestant).target;
  const outcomes = (required: number, optimal: number, rest = 'setup_fail') => [
    ...Array.from({ length: 160 }, (_, i) => ({
      id: `r${i}`,
      kind: 'required',
      result: i < required ? 'pass' : rest,
    })),
    ...Array.from({ length: 105 }, (_, i) => ({
      id: `o${i}`,
      kind: 'optimal',
      result: i < optimal ? 'pass' : 'optional_fail',
    })),
  ];

  it.each([
    ['safe on express', 155, 98],
    ['safe on koa', 155, 98],
    ['safe in front', 155, 95],
    ['rfc9111 on express', 160, 99],
    ['rfc9111 on koa', 160, 99],
    ['rfc9111 in front', 160, 96],
  ])('of %s is met by %i required and %i optimal tests', (name, required, optimal) => {
    const target = targetOf(name);
    expect(shortfalls(outcomes(required, optimal), target)).toEqual([]);
    expect(shortfalls(outcomes(required - 1, optimal), target)).toEqual([
      `${required - 1} required tests passed, ${required} wanted`,
    ]);
    expect(shortfalls(outcomes(required, optimal - 1), target)).toEqual([
      `${optimal - 1} optimal tests passed, ${optimal} wanted`,
    ]);
  });

  it('is missed by a required test that fails outright, however many have passed', () => {
    expect(shortfalls(outcomes(159, 105, 'fail'), targetOf('safe on koa'))).toEqual([
      'required tests failed: r159',
    ]);
  });
});
