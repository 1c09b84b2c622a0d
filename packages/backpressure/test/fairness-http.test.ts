import { hosts } from './hosts';
import { holding, protectedBy, until } from './support';

const OTHERS = ['ann', 'bob', 'cleo'];

describe.each(hosts)('on $name', (host) => {
  it('one who asks for much more than others starves nobody', async () => {
    const { app, held, letGo } = holding();
    const served = new Map<string, number>();
    const refused = new Map<string, number>();
    const count = (counts: Map<string, number>, name: string) =>
      counts.set(name, (counts.get(name) ?? 0) + 1);
    let open = true;
    const client = (context: {
      req?: { headers: Record<string, string> };
      headers: Record<string, string>;
    }) => context.headers['x-client'];
    await protectedBy(
      host,
      { limit: 2, maxWaiting: 4, whenFull: 'wait' },
      app,
      async (http, shedder) => {
        const ask = async (name: string) => {
          while (open) {
            const { status } = await http.get('/held', { 'x-client': name });
            count(status === 200 ? served : refused, name);
          }
        };
        const clients = [...Array<string>(12).fill('greedy'), ...OTHERS].map(ask);
        const enough = () => OTHERS.every((name) => (served.get(name) ?? 0) >= 20);
        while (!enough()) {
          const { full } = shedder.stats().shed;
          await until(() => held.length === 2 && shedder.stats().shed.full > full);
          letGo();
        }
        open = false;
        let left = clients.length;
        for (const client of clients) void client.then(() => left--);
        while (left > 0) {
          await until(() => held.length > 0 || left === 0);
          if (left > 0) letGo();
        }
      },
      { client: client as never },
    );
    // Who is greedy shows once load is shed: until then anybody may be refused.
    for (const name of OTHERS) expect(refused.get(name) ?? 0).toBeLessThan(served.get(name)!);
    expect(refused.get('greedy')!).toBeGreaterThan(served.get('greedy')!);
  });
});
