import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, [path.join(__dirname, '../run.js'), ...args]);

// How fast it is depends on the machine; that every contestant still runs doesn't. `http` needs wrk, and some minutes.
describe('the benchmarks', () => {
  it.each([
    'interception',
    'middleware',
    'decisions',
    'compress-streams',
    'compress-corpora',
    'cache-stampede',
    'db-acquire',
    'db-pool-size',
    'db-queries',
    'db-unused',
  ])(
    '%s measures all of its contestants',
    async (name) => {
      const { stdout } = await run('--quick', name);
      expect(stdout).toMatch(/^\| (?:spillway|one onHead|API rows|2 connections)/m);
      expect(stdout).not.toContain('NaN');
    },
    120_000,
  );

  it('an unknown name is refused with those that there are', async () => {
    await expect(run('nothing')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[db-unused] [decisions] [http] [interception] [middleware]'),
    });
  });
});
