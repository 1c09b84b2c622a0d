import { startPostgres } from './postgres';

interface Check {
  readonly what: string;
  readonly measured: number;
  readonly most?: number;
}
interface Result {
  readonly scenario: string;
  readonly contender: string;
  readonly checks: readonly Check[];
  readonly failures: Readonly<Record<string, number>>;
  readonly isPassed: boolean;
}
interface Options {
  readonly startPostgres: () => Promise<unknown>;
  readonly scenarios: readonly string[];
  readonly contenders: readonly string[];
}
const { chaos } = require('../chaos/chaos') as { chaos(options: Options): Promise<readonly Result[]> };

/** What was not met, and how; `npm run chaos:db` has all scenarios, and others beside ours. */
async function missed(scenarios: readonly string[], contenders: readonly string[]): Promise<unknown[]> {
  const results = await chaos({ startPostgres, scenarios, contenders });
  expect(results).toHaveLength(scenarios.length * contenders.length);
  return results.filter(({ contender, isPassed }) => contender.startsWith('spillway') && !isPassed);
}

const BOTH = ['pg.Pool', 'spillway', 'spillway, retryReads'];

it('connections that are killed fail no more than they must', async () => {
  expect(await missed(['connections killed under load', 'connections killed idle'], BOTH)).toEqual([]);
}, 60_000);

it('a server that is restarted, or from which nothing comes, is back within a second', async () => {
  const scenarios = ['a backend killed with -9', 'server restarted', 'server black-holed and healed'];
  expect(await missed(scenarios, ['spillway'])).toEqual([]);
}, 60_000);

it('clients that leave, and handlers that hold on to what they have, take nothing with them', async () => {
  const scenarios = [
    '50 clients leave a leased query',
    '50 clients leave a transaction',
    'handlers that throw with a lease',
    'handlers that never answer',
    'SIGTERM',
  ];
  expect(await missed(scenarios, ['spillway'])).toEqual([]);
}, 60_000);
