import { createBackpressure, LoadShedder } from '@spillway/backpressure';
import { inFront } from '@spillway/core/http';
import { type Client, nodeHost, serve } from '@spillway/core/testing';
import { hosts } from './hosts';
import { holding, until } from './support';

const OTHERS = ['ann', 'bob', 'cleo', 'dan', 'eve'];
const GREEDY = Array<string>(20).fill('greedy');
const CLIENTS = 1 + OTHERS.length;
const LIMIT = 2;

/** How many requests are served in all, and how many of each client if all get as much. */
const ROUNDS = 60;
const EQUAL_SHARE = ROUNDS / CLIENTS;

/** Time stands still: nothing but their number decides who is served. */
const shedderOf = () => new LoadShedder({ limit: LIMIT, now: () => 0 });

type Tally = Record<'served' | 'refused', number>;

/**
 * Whoever has no request open asks again, and then one of those that run is over: round by round.
 * @param fieldsOf what the i-th request open says of its client.
 */
async function contend(
  client: Client,
  shedder: LoadShedder,
  { held, letGo }: ReturnType<typeof holding>,
  fieldsOf: (name: string, i: number) => Record<string, string>,
): Promise<ReadonlyMap<string, Tally>> {
  const tallies = new Map([...OTHERS, 'greedy'].map((name) => [name, { served: 0, refused: 0 }]));
  const pending = new Set<number>();
  const ask = async (name: string, i: number) => {
    if (pending.has(i)) return;
    pending.add(i);
    const { status } = await client.get('/held', fieldsOf(name, i));
    tallies.get(name)![status === 200 ? 'served' : 'refused']++;
    pending.delete(i);
  };
  const asked: Promise<void>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    asked.push(...[...GREEDY, ...OTHERS].map(ask));
    await until(() => held.length === LIMIT && pending.size === LIMIT + shedder.stats().queued);
    letGo();
  }
  while (pending.size > 0) {
    await until(() => held.length > 0 || pending.size === 0);
    if (held.length > 0) letGo();
  }
  await Promise.all(asked);
  return tallies;
}

function expectFairness(tallies: ReadonlyMap<string, Tally>): void {
  const { greedy, ...others } = Object.fromEntries(tallies);
  for (const other of Object.values(others)) {
    expect(other.served).toBeGreaterThan(EQUAL_SHARE / 2);
    expect(greedy!.refused).toBeGreaterThan(5 * other.refused);
  }
  // It takes what nobody else wants, and is not shut out.
  expect(greedy!.served).toBeGreaterThan(EQUAL_SHARE / 2);
}

const KINDS = ['Express 5', 'Koa 3', 'in front', 'node:http2'];

describe.each(hosts.filter(({ name }) => KINDS.includes(name)))('on $name', (host) => {
  it('one who asks for much more than others starves nobody', async () => {
    const shedder = shedderOf();
    const application = holding();
    // On Koa it is the context, and has the fields as well.
    const nameOf = ({ headers }: { headers: Record<string, string> }) => headers['x-client'];
    const filter = createBackpressure({ shedder, client: nameOf });
    await host.serve([filter], application.app, async (client) => {
      expectFairness(await contend(client, shedder, application, (name) => ({ 'X-Client': name })));
    });
  });
});

it.each([
  ['an address', () => '203.0.113.5'],
  ['many addresses of one subnet', (i: number) => `2001:db8::${i + 1}`],
])('behind a proxy, one who asks from %s starves nobody', async (_where, greedyAddress) => {
  const shedder = shedderOf();
  const application = holding();
  const addressOf = (name: string, i: number) =>
    name === 'greedy' ? greedyAddress(i) : `198.51.100.${OTHERS.indexOf(name) + 1}`;
  const listener = nodeHost()([], application.app);
  const front = inFront(listener, [createBackpressure({ shedder })], { trustProxy: 1 });
  await serve(front, async (client) => {
    const fieldsOf = (name: string, i: number) => ({ 'X-Forwarded-For': addressOf(name, i) });
    expectFairness(await contend(client, shedder, application, fieldsOf));
  });
});

it('behind a proxy that nobody trusts all count as one, and who asks for most gets most', async () => {
  const shedder = shedderOf();
  const application = holding();
  const listener = nodeHost()([], application.app);
  const front = inFront(listener, [createBackpressure({ shedder })], { trustProxy: false });
  await serve(front, async (client) => {
    const fieldsOf = (name: string) => ({ 'X-Forwarded-For': `198.51.100.${name.length}` });
    const tallies = await contend(client, shedder, application, fieldsOf);
    expect(tallies.get('greedy')!.served).toBeGreaterThan(ROUNDS / 2);
  });
});
