import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type Answer, left, runToEnd, Server, type StockEvent, serverOf, serving } from './server';

const MIB = 1024 * 1024;
// In seconds. A sliding window has room again one request's share into the next window.
const MINUTE = 60;

const form = (fields: Record<string, string>): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(fields),
});
const withKey = (key: string): RequestInit => ({ headers: { 'X-API-Key': key } });
const violated = ({ json }: Answer): string[] => json['violated-policies'];

function expectRefusal(answer: Answer, policies: string[], maxRetryAfter: number): void {
  expect(answer).toMatchObject({ status: 429, type: 'application/problem+json' });
  expect(violated(answer)).toEqual(policies);
  expect(answer.headers.get('Cache-Control')).toBe('no-store');
  const retryAfter = Number(answer.headers.get('Retry-After'));
  expect(retryAfter).toBeGreaterThan(0);
  expect(retryAfter).toBeLessThanOrEqual(maxRetryAfter);
}

/** All that both applications promise, whatever framework they are made of. */
export function describeShop(
  example: string,
  { framework, command }: { framework: string; command: string },
): void {
  const script = serverOf(example);

  describe('the catalogue', () => {
    const held = serving(script);

    it('has an index page that costs nothing and allows no script but its own', async () => {
      const page = await held.server.ask('/');
      expect(page).toMatchObject({ status: 200, type: 'text/html' });
      expect(page.text).toContain(`${held.server.url}/products`);
      expect(page.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
      expect(page.headers.get('RateLimit')).toBeNull();
    });

    it('searches, and says what both limits have left', async () => {
      const found = await held.server.ask('/products?q=lantern&category=lanterns&sort=price&max=2000');
      expect(found).toMatchObject({ status: 200, type: 'application/json' });
      expect(found.json.total).toBeGreaterThan(0);
      for (const { category, priceCents } of found.json.items) {
        expect(category).toBe('lanterns');
        expect(priceCents).toBeLessThanOrEqual(2000);
      }
      expect(found.headers.get('RateLimit-Policy')).toBe('"address";q=120;w=60, "search";q=20;w=60');
      expect([left(found, 'address'), left(found, 'search')]).toEqual([119, 19]);
    });

    it('shows a product', async () => {
      expect(await held.server.ask('/products/7')).toMatchObject({
        status: 200,
        json: { id: 7, stock: expect.any(Number) },
      });
    });

    it.each([
      ['/products?page=0', 400, 'page must be an integer from 1 to 10000.'],
      ['/products?q=a&q=b', 400, 'q must be given once.'],
      ['/products/3001', 404, 'There is no such product.'],
      ['/products/toString', 404, 'There is no such product.'],
      ['/products/07', 404, 'There is no such product.'],
      ['/reports/sales?months=13', 400, 'months must be an integer from 1 to 12.'],
      ['/nowhere', 404, 'There is nothing here.'],
    ])('answers %s with a problem and keeps the fields', async (path, status, detail) => {
      const answer = await held.server.ask(path);
      expect(answer).toMatchObject({ status, type: 'application/problem+json', json: { status, detail } });
      expect(answer.headers.get('RateLimit')).toMatch(/^"address";r=\d+;t=\d+/);
    });

    it('answers others while it makes a report', async () => {
      const order: string[] = [];
      const report = held.server.ask('/reports/sales?months=12').then(() => order.push('report'));
      await held.server.ask('/products/1').then(() => order.push('product'));
      await report;
      expect(order).toEqual(['product', 'report']);
    });

    it('answers a problem in text to who wants text', async () => {
      const answer = await held.server.ask('/products/0', {
        headers: { Accept: 'text/html, text/plain;q=0.5' },
      });
      expect(answer).toMatchObject({ status: 404, type: 'text/plain', text: 'There is no such product.\n' });
    });
  });

  describe('compression', () => {
    const held = serving(script);
    const gzip = { headers: { 'Accept-Encoding': 'gzip' } };

    it('codes the catalogue and the index page', async () => {
      for (const path of ['/', '/products?q=rope']) {
        const answer = await held.server.ask(path, gzip);
        expect(answer).toMatchObject({ status: 200 });
        expect(answer.headers.get('Content-Encoding')).toBe('gzip');
        expect(answer.headers.get('Vary')).toContain('Accept-Encoding');
      }
    });

    it('sends coded events as they happen', async () => {
      const hangUp = new AbortController();
      const { headers, body } = await fetch(`${held.server.url}/events`, { ...gzip, signal: hangUp.signal });
      expect(headers.get('Content-Encoding')).toBe('gzip');
      const { value } = await body!.getReader().read();
      expect(String(Buffer.from(value!))).toMatch(/^retry: 1000/);
      hangUp.abort();
    });

    it('reads a coded login, and no more of it than a login needs', async () => {
      const login = (fields: Record<string, string>) =>
        held.server.ask('/login', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
          body: gzipSync(JSON.stringify(fields)),
        });
      expect(await login({ user: 'ada', password: 'lovelace' })).toMatchObject({
        status: 200,
        json: { user: 'ada' },
      });
      expect(await login({ user: 'x'.repeat(10_000), password: '' })).toMatchObject({ status: 413 });
    });
  });

  describe('the limit by address', () => {
    const held = serving(script);

    it('refuses the 121st request in a minute, on any route', async () => {
      await held.server.askTimes(120, '/products/1');
      expectRefusal(await held.server.ask('/products/2'), ['address'], MINUTE + 1);
    });

    it('leaves the index page and customers with a key alone', async () => {
      expect(await held.server.ask('/')).toMatchObject({ status: 200 });
      expect(await held.server.ask('/products/1', withKey('demo-free'))).toMatchObject({ status: 200 });
      expect(await held.server.ask('/products/1', withKey('made-up'))).toMatchObject({ status: 429 });
    });
  });

  describe('the limit of searches', () => {
    const held = serving(script);

    it('is 20 a minute without a key', async () => {
      const last = await held.server.askTimes(20, '/products?q=rope');
      expect([last.status, left(last, 'search')]).toEqual([200, 0]);
      const refused = await held.server.ask('/products?q=rope');
      expectRefusal(refused, ['search'], MINUTE + 3);
      expect(refused.headers.get('RateLimit')).toMatch(/"search";r=0;t=\d+$/);
    });

    it('takes a key that nobody has for no key', async () => {
      expect(await held.server.ask('/products?q=rope', withKey('made-up'))).toMatchObject({ status: 429 });
    });

    it.each([
      ['free', 60],
      ['pro', 600],
    ])('is that of the plan %s with a key', async (plan, limit) => {
      const found = await held.server.ask('/products?q=rope', withKey(`demo-${plan}`));
      expect(found.status).toBe(200);
      expect(found.headers.get('RateLimit-Policy')).toBe(`"search";q=${limit};w=60`);
      expect(left(found, 'search')).toBe(limit - 1);
    });
  });

  describe('the login', () => {
    const held = serving(script);
    const logIn = (user: string, password: string) => held.server.ask('/login', form({ user, password }));

    it('gives a token for user and password, by form or JSON', async () => {
      const token = expect.stringMatching(/^[\w-]{32}$/);
      expect(await logIn('ada', 'lovelace')).toMatchObject({ status: 200, json: { token, user: 'ada' } });
      const body = JSON.stringify({ user: 'grace', password: 'hopper' });
      const answer = await held.server.ask('/login', {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/json' },
      });
      expect(answer).toMatchObject({ status: 200, json: { token, user: 'grace' } });
    });

    it.each([
      ['nothing', '', 'application/json', 400],
      ['broken JSON', '{', 'application/json', 400],
      ['too much', JSON.stringify({ user: 'x'.repeat(5000) }), 'application/json', 413],
    ])('answers %s with a problem', async (_case, body, type, status) => {
      const answer = await held.server.ask('/login', {
        method: 'POST',
        body,
        headers: { 'Content-Type': type },
      });
      expect(answer).toMatchObject({ status, type: 'application/problem+json', json: { status } });
    });
  });

  describe('the limits of failed logins', () => {
    const held = serving(script);
    const logIn = (user: string, password: string) => held.server.ask('/login', form({ user, password }));

    it('stop a guesser after five, in whatever spelling, and even with the right password', async () => {
      for (const user of ['grace', 'Grace', 'GRACE', ' grace', 'grace ']) {
        expect(await logIn(user, 'guess')).toMatchObject({ status: 401 });
      }
      expectRefusal(await logIn('grace', 'hopper'), ['login-account'], 15 * MINUTE);
    });

    it('do not count good logins, also more at once than may fail', async () => {
      const logins = await Promise.all(Array.from({ length: 8 }, () => logIn('ada', 'lovelace')));
      expect(logins.map(({ status }) => status)).toEqual(logins.map(() => 200));
      const next = await logIn('ada', 'lovelace');
      expect([left(next, 'login-address'), left(next, 'login-account')]).toEqual([14, 4]);
    });

    it('stop an address after twenty, whatever accounts it tries', async () => {
      for (let i = 0; i < 15; i++) expect(await logIn(`user-${i}`, 'guess')).toMatchObject({ status: 401 });
      expectRefusal(await logIn('ada', 'lovelace'), ['login-address'], 15 * MINUTE + 45);
    });
  });

  describe('the report', () => {
    const held = serving(script);

    it('costs its months, and refuses once the bucket is empty', async () => {
      const year = await held.server.ask('/reports/sales?months=12');
      expect(year).toMatchObject({ status: 200, json: { months: 12 } });
      expect(year.json.categories).toHaveLength(12);
      expect(left(year, 'report')).toBe(12);
      expect(await held.server.ask('/reports/sales?months=11')).toMatchObject({ status: 200 });
      expectRefusal(await held.server.ask('/reports/sales?months=12'), ['report'], MINUTE);
      expect(await held.server.ask('/reports/sales')).toMatchObject({ status: 200 });
    });
  });

  describe('the upload', () => {
    const held = serving(script);
    let token: string;
    beforeAll(async () => {
      ({ token } = (await held.server.ask('/login', form({ user: 'ada', password: 'lovelace' }))).json);
    });
    const send = (body: Buffer | ReadableStream<Uint8Array>, headers: Record<string, string> = {}) =>
      held.server.ask('/products/7/picture', {
        method: 'PUT',
        body,
        duplex: 'half',
        headers: { 'Content-Type': 'image/png', Authorization: `Bearer ${token}`, ...headers },
      });

    it('asks for a login first', async () => {
      const answer = await send(Buffer.from('picture'), { Authorization: 'Bearer unknown' });
      expect(answer).toMatchObject({ status: 401, type: 'application/problem+json' });
      expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer');
    });

    it('takes pictures only', async () => {
      expect(await send(Buffer.from('<svg/>'), { 'Content-Type': 'text/html' })).toMatchObject({
        status: 415,
      });
    });

    it('hashes a picture, and counts its size', async () => {
      const before = left(await send(Buffer.from('x')), 'upload');
      const picture = randomBytes(100_000);
      const answer = await send(picture);
      const sha256 = createHash('sha256').update(picture).digest('hex');
      expect(answer).toMatchObject({
        status: 201,
        json: { by: 'ada', type: 'image/png', bytes: 100_000, sha256 },
      });
      expect(left(answer, 'upload')).toBe(before - Math.ceil(100_000 / 1024));
      expect(answer.headers.get('Vary')).toBeNull();
    });

    it('gives back what a picture of unknown length did not need', async () => {
      const before = left(await send(Buffer.from('x')), 'upload');
      const stream = new Blob([randomBytes(10_000)]).stream() as ReadableStream<Uint8Array>;
      const answer = await send(stream);
      expect(answer).toMatchObject({ status: 201, json: { bytes: 10_000 } });
      expect(left(answer, 'upload')).toBe(before - 4096);
      expect(left(await send(Buffer.from('x')), 'upload')).toBe(before - 10 - 1);
    });

    const tooLarge = Buffer.alloc(4 * MIB + 1);
    const refusal = { status: 413, json: { detail: 'A picture may have at most 4 MiB.' } };

    it('refuses what says that it is too large, unread', async () => {
      const before = left(await send(Buffer.from('x')), 'upload');
      expect(await send(tooLarge)).toMatchObject(refusal);
      expect(left(await send(Buffer.from('x')), 'upload')).toBe(before - 1 - 1);
    });

    it('refuses what turns out to be too large', async () => {
      expect(await send(new Blob([tooLarge]).stream() as ReadableStream<Uint8Array>)).toMatchObject(refusal);
    });

    it('refuses more than 16 MiB an hour', async () => {
      const picture = Buffer.alloc(4 * MIB);
      const statuses: number[] = [];
      for (let i = 0; i < 4; i++) statuses.push((await send(picture)).status);
      expect(statuses).toContain(201);
      expect(statuses.at(-1)).toBe(429);
    });
  });

  describe('the event stream', () => {
    const held = serving(script);
    const ids = (events: StockEvent[]) => events.map(({ id }) => id);

    it('tells stock changes, and brings what was missed', async () => {
      const { events, headers } = await held.server.listen(2);
      expect(headers.get('Content-Type')).toMatch(/^text\/event-stream/);
      expect(ids(events)).toEqual([1, 2]);
      const missed = await held.server.listen(1, { 'Last-Event-ID': '1' });
      expect(ids(missed.events)).toEqual([2]);
    });

    it('may be opened ten times a minute', async () => {
      for (let opened = 2; opened < 10; opened++) await held.server.listen(1, { 'Last-Event-ID': '1' });
      expectRefusal(await held.server.ask('/events'), ['streams'], MINUTE + 6);
    });
  });

  describe('the server', () => {
    it('prints its address and three lines worth trying', async () => {
      const server = await Server.start(script);
      expect(server.printed).toContain(`Millrace on ${framework}: ${server.url}\n`);
      expect(server.printed.match(/^ {2}.*curl .*$/gm)).toHaveLength(3);
      await server.stop();
    });

    it.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly on %s, streams too', async (signal) => {
      const server = await Server.start(script);
      const events = await fetch(`${server.url}/events`);
      const all = events.text();
      expect(await server.stop(signal)).toEqual({ code: 0, stderr: '' });
      expect(await all).toMatch(/^retry: 1000\n\n/);
    });

    it('says so where its port is taken', async () => {
      const other = createServer().listen(0);
      const { port } = other.address() as AddressInfo;
      const end = await runToEnd(script, { PORT: String(port) });
      other.close();
      expect(end).toEqual({
        code: 1,
        stderr: `Port ${port} is taken. Try PORT=${port + 1} ${command}.\n`,
      });
    });

    it.each(['shop', '65536', '-1', '3000.5'])('refuses the port %s', async (port) => {
      const end = await runToEnd(script, { PORT: port });
      expect(end).toEqual({
        code: 1,
        stderr: `PORT must be an integer from 0 to 65535, got "${port}".\n`,
      });
    });
  });
}
