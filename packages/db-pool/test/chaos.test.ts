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

/** What was not met, and how. Scenarios that want a machine of their own are left to `npm run chaos:db`. */
async function missed(scenarios: readonly string[], contender = 'spillway'): Promise<unknown[]> {
  const results = await chaos({ startPostgres, scenarios, contenders: [contender] });
  expect(results).toHaveLength(scenarios.length);
  return results.filter(({ isPassed }) => !isPassed);
}

it('no read fails where connections are killed, with retryReads', async () => {
  const scenarios = [
    'connections killed under load',
    'connections killed idle',
    'connections killed idle, unseen',
  ];
  expect(await missed(scenarios, 'spillway, retryReads')).toEqual([]);
}, 60_000);

it('a server that is restarted, or from which nothing comes, is back within a second', async () => {
  const scenarios = ['a backend killed with -9', 'server restarted', 'server black-holed and healed'];
  expect(await missed(scenarios)).toEqual([]);
}, 60_000);

it('clients that leave, and handlers that hold on to what they have, take nothing with them', async () => {
  const scenarios = [
    '50 clients leave a leased query',
    '50 clients leave a transaction',
    'handlers that throw with a lease',
    'handlers that never answer',
    'SIGTERM',
  ];
  expect(await missed(scenarios)).toEqual([]);
}, 60_000);
