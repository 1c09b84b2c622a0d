import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Hooks, HttpRequest } from '@spillway/core';
import type { Handled } from '@spillway/core/testing';
import { hosts } from './hosts';
import { closing, deferred, streamOf, TEXT, turn } from './support';

const STORED: IncomingHttpHeaders = { 'if-none-match': '"stored"', accept: 'text/html' };
const OWN = { 'if-none-match': '"own"', 'x-own': '1' };

/** What a request shows at the moment, as far as it matters here. */
const shown = ({ headers }: { headers: IncomingHttpHeaders }) => [headers['if-none-match'], headers['x-own']];

/** A filter that has the application read other fields, and notes what its own hook reads. */
const substituting =
  (requestHeaders: IncomingHttpHeaders, read: unknown[]) =>
  (request: HttpRequest): Hooks => ({
    requestHeaders,
    onHead: () => void read.push(shown(request)),
  });

describe.each(hosts)('the fields that the application reads on $name', (host) => {
  const forms = {
    whole: () => ({ headers: TEXT, body: 'hello' }),
    streamed: () => ({ headers: TEXT, stream: streamOf('hel', 'lo') }),
  };

  it.each(['whole', 'streamed'] as const)(
    'are those of a filter, and the client’s again for its hook of a %s body and those further out',
    async (form) => {
      const read: unknown[] = [];
      const outside = (request: HttpRequest): Hooks => ({
        onHead: () => void read.push(shown(request)),
        onClose: () => void read.push(shown(request)),
      });
      const app = ({ req }: Handled) => {
        read.push(shown(req), req.headers.accept);
        return forms[form]();
      };
      await host.serve([outside, substituting(STORED, read)], app, async (client) => {
        expect((await client.get('/', OWN)).text).toBe('hello');
        while (read.length < 5) await turn();
      });
      const own = ['"own"', '1'];
      expect(read).toEqual([['"stored"', undefined], 'text/html', own, own, own]);
    },
  );

  it('leave the object of the client untouched, whatever the application does to them', async () => {
    const read: unknown[] = [];
    const given = { ...STORED };
    let own: IncomingHttpHeaders | undefined;
    const filter = (request: HttpRequest): Hooks => {
      own = request.headers;
      return { requestHeaders: given, onHead: () => void read.push(request.headers === own) };
    };
    const app = ({ req }: Handled) => {
      read.push(req.headers === given);
      req.headers['x-parsed'] = 'by the application';
      return { body: 'x' };
    };
    await host.serve([filter], app, (client) => client.get('/', OWN));
    expect(read).toEqual([true, true]);
    expect([shown({ headers: own! }), own!['x-parsed']]).toEqual([['"own"', '1'], undefined]);
  });

  it('are read by a filter further in as well, and each hook sees what its filter saw', async () => {
    const read: unknown[] = [];
    const outer = substituting({ ...STORED, 'x-own': 'outer' }, read);
    const inner = (request: HttpRequest): Hooks => {
      read.push(shown(request));
      return substituting({ 'if-none-match': '"inner"' }, read)(request);
    };
    const app = ({ req }: Handled) => {
      read.push(shown(req));
      return { body: 'x' };
    };
    await host.serve([outer, inner], app, (client) => client.get('/', OWN));
    expect(read).toEqual([
      ['"stored"', 'outer'],
      ['"inner"', undefined],
      ['"stored"', 'outer'],
      ['"own"', '1'],
    ]);
  });

  it.each([1, 2])(
    'are given back at the end by each of %i filters where there is no answer',
    async (filters) => {
      const over = closing();
      const handled = deferred<IncomingMessage>();
      const items = Array.from({ length: filters }, (_, i) =>
        substituting({ ...STORED, 'x-own': `filter ${i}` }, []),
      );
      const app = ({ req, res }: Handled) => {
        handled.resolve(req);
        res.destroy();
      };
      await host.serve([over.filter, ...items], app, async (client) => {
        await expect(client.get('/', OWN)).rejects.toThrow();
        await over.closed;
        await turn();
        expect(shown(await handled.promise)).toEqual(['"own"', '1']);
      });
    },
  );

  it('are the client’s own again after an answer that a filter gives in place of the application', async () => {
    const read: unknown[] = [];
    const filters = [substituting(STORED, read), () => ({ status: 200, body: 'stored' })];
    await host.serve(
      filters,
      () => ({ body: 'of the application' }),
      async (client) => {
        expect((await client.get('/', OWN)).text).toBe('stored');
      },
    );
    expect(read).toEqual([['"own"', '1']]);
  });
});

describe.each(hosts)('the fields set before a filter took part on $name', (host) => {
  const foreign = {
    connect(_req: IncomingMessage, res: ServerResponse, next: () => void) {
      res.setHeader('X-Foreign', 'foreign');
      res.setHeader('Set-Cookie', ['a=1']);
      next();
    },
  };

  it('are told to its hook as they were, and nothing that was said later', async () => {
    const told: Readonly<OutgoingHttpHeaders>[] = [];
    const noting = (name: string) => (): Hooks => ({
      headers: { [name]: '1' },
      onHead: (_head, _whole, outer) => void told.push({ ...outer }),
    });
    const app = ({ res }: Handled) => {
      res.appendHeader('Set-Cookie', 'b=2');
      return { headers: { 'X-Foreign': 'app', 'X-App': '1' }, body: 'x' };
    };
    await host.serve(
      [foreign, noting('X-First'), async () => noting('X-Second')(), noting('X-Third')],
      app,
      async (client) => {
        const { headers } = await client.get();
        expect(headers).toMatchObject({ 'x-foreign': 'app', 'x-app': '1', 'set-cookie': ['a=1', 'b=2'] });
      },
    );
    const ofForeign = { 'x-foreign': 'foreign', 'set-cookie': ['a=1'] };
    const [third, second, first] = told;
    expect(third).toMatchObject({ ...ofForeign, 'x-first': '1', 'x-second': '1' });
    expect(second).toMatchObject({ ...ofForeign, 'x-first': '1' });
    expect(first).toMatchObject(ofForeign);
    expect([second!['x-third'], first!['x-second'], first!['x-app']]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are told with all that filters and middleware between have set by then', async () => {
    const told: string[][] = [];
    const noting = (): Hooks => ({
      onHead: (_head, _whole, outer) => void told.push(Object.keys(outer).filter((name) => name !== 'x-app')),
    });
    const setting = (): Hooks => ({ ...noting(), headers: { 'X-Filter': '1' } });
    const between = {
      connect(_req: IncomingMessage, res: ServerResponse, next: () => void) {
        res.setHeader('X-Between', '1');
        next();
      },
    };
    await host.serve(
      [noting, setting, noting, between, noting],
      () => ({ headers: { 'X-App': '1' }, body: 'x' }),
      (client) => client.get(),
    );
    const [innermost, third, , outermost] = told;
    expect([innermost, third, outermost]).toEqual([['x-filter', 'x-between'], ['x-filter'], []]);
  });

  it.each<[string, (res: ServerResponse) => void]>([
    [
      'overwrote',
      (res) => {
        res.setHeader('X-Foreign', 'app');
        res.appendHeader('Set-Cookie', 'b=2');
      },
    ],
    [
      'removed',
      (res) => {
        res.removeHeader('X-Foreign');
        res.removeHeader('Set-Cookie');
      },
    ],
  ])('come back by an answer where the application %s them', async (_what, change) => {
    const answer = { status: 200, headers: { 'X-Own': '1' }, body: 'stored' };
    const app = ({ res }: Handled) => {
      change(res);
      return { status: 500, headers: { 'X-App': '1' }, body: 'failed' };
    };
    for (const onHead of [() => ({ answer }), async () => ({ answer })]) {
      await host.serve([foreign, () => ({ onHead })], app, async (client) => {
        const { status, text, headers } = await client.get();
        expect([status, text, headers['x-app'], headers['x-own']]).toEqual([200, 'stored', undefined, '1']);
        expect([headers['x-foreign'], headers['set-cookie']]).toEqual(['foreign', ['a=1']]);
      });
    }
  });
});
