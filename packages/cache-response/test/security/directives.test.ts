import type { App } from '@spillway/core/testing';
import { parseDirectives, responseDirectives } from '../../dist/policy/cache-control';
import { hosts } from '../hosts';
import { isHit, TEXT } from '../support';
import { attacked, hitsOf, inTurn } from './support';

const TTL = { ttlMs: 60_000 };

const saying =
  (headers: Record<string, string>): App =>
  () => ({ headers: { ...TEXT, ETag: '"1"', ...headers }, body: 'page' });

/** What nobody may get a second time, however a client asks. */
const REFUSED = [
  'private',
  'PRIVATE',
  'private, no-store',
  'public, private',
  'private, public, s-maxage=60',
  ',,private,,',
  '\tprivate\t',
  'private=',
  'private=""',
  'private="',
  'private=" "',
  'private=","',
  'private=;',
  'private="x',
  'private="x y"',
  'private=x"',
  'private="x"y',
  'private="\\"',
  'private=é',
  'private, private="x"',
  'private="x", private',
  'private="x", private=',
  'private=, private="x"',
  'no-store',
  'No-Store',
  'no-store, max-age=60',
  'max-age=60, no-store',
  'no-store=1',
  'no-store="x"',
  'no-store=',
];

/** Lists that somebody has written wrongly, of what nobody may get a second time. */
const MISWRITTEN = [
  'private;',
  'private; max-age=60',
  'no-store; no-cache',
  'max-age=60; private',
  'max-age=60; no-store',
  'private max-age=60',
  'max-age=60 private',
  'no-store max-age=60',
  'private:',
  'private: max-age=60',
  'x="y, private',
  'max-age=60, x="y, no-store',
  'x="y, no-store, max-age=60',
  'x=a"b, private, c"d, max-age=60',
  'max-age="60, private',
  'private"',
  '"private"',
  '"no-store", max-age=60',
  'Cache-Control: private',
  'no-store/private',
];

describe.each(hosts)('a response on $name', (host) => {
  const staysUnkept = async (field: string) => {
    await attacked(
      host,
      saying({ 'Cache-Control': field }),
      async (served) => {
        const got = await inTurn(served, [{}, {}, { 'cache-control': 'max-stale' }]);
        expect(hitsOf(got)).toEqual([false, false, false]);
      },
      { ...TTL, staleWhileRevalidateMs: 60_000 },
    );
  };

  it.each(REFUSED)('is not kept that says %j, whatever the route says', staysUnkept);

  it.each(MISWRITTEN)('is not kept that means not to be, though it says %j', staysUnkept);

  it.each([
    'max-age',
    'max-age=',
    'max-age=x',
    'max-age=-1',
    'max-age=1.5',
    'max-age="60',
    'max-age=60s',
    'max-age=0x60',
    'max-age=6e9',
    'max-age=60, max-age=0',
    'max-age=60, max-age=x',
    's-maxage=x, max-age=60',
    's-maxage=, max-age=60',
    'max-age=60;',
    'max-age=60; public',
  ])('is stale from the start that says %j', async (field) => {
    await attacked(
      host,
      saying({ 'Cache-Control': field }),
      async (served) => {
        expect(hitsOf(await inTurn(served, [{}, {}]))).toEqual([false, false]);
      },
      TTL,
    );
  });

  it.each(['0', '-1', '', 'x', 'Thu, 99 Nov 2099 00:00:00 GMT', 'Thu, 19 Nov 2099 00:00:00 +0100'])(
    'has expired by %j',
    async (expires) => {
      await attacked(
        host,
        saying({ Expires: expires }),
        async (served) => expect(hitsOf(await inTurn(served, [{}, {}]))).toEqual([false, false]),
        TTL,
      );
    },
  );

  it.each([
    'private',
    'no-store',
    'private="x y"',
    'private=("x" "y")',
    'no-store=1',
    'max-age=0, private;a=1',
  ])('is not kept that says %j to caches such as this one', async (field) => {
    await attacked(
      host,
      saying({ 'CDN-Cache-Control': field, 'Cache-Control': 'max-age=60' }),
      async (served) => expect(hitsOf(await inTurn(served, [{}, {}]))).toEqual([false, false]),
      TTL,
    );
  });

  it.each(['', 'max-age=60, =', 'max-age=x', 'max-age=60;', 'MAX-AGE=60', 'max-age=(1 2)', '"max-age"=60'])(
    'is not kept because of %j, which is malformed',
    async (field) => {
      await attacked(
        host,
        saying({ 'CDN-Cache-Control': field, 'Cache-Control': 'private' }),
        async (served) => expect(hitsOf(await inTurn(served, [{}, {}]))).toEqual([false, false]),
        TTL,
      );
    },
  );

  it.each(['private', 'no-cache'])('is kept without the fields that %s names', async (name) => {
    let answers = 0;
    const app: App = () => ({
      headers: {
        ...TEXT,
        'Cache-Control': `${name}="X-User, x-token", max-age=60`,
        'X-User': 'alice',
        'X-Token': 'secret',
        'X-Other': 'other',
      },
      body: `page ${++answers}`,
    });
    await attacked(host, app, async (served) => {
      const [first, second] = await inTurn(served, [{}, {}]);
      expect(first!.headers).toMatchObject({ 'x-user': 'alice', 'x-token': 'secret' });
      expect([isHit(second!), second!.headers['x-other']]).toEqual([true, 'other']);
      for (const field of ['x-user', 'x-token']) expect(second!.headers).not.toHaveProperty(field);
    });
  });

  it('is not stored again by a client that asks not to store', async () => {
    await attacked(
      host,
      saying({ 'Cache-Control': 'max-age=60' }),
      async (served) => {
        const got = await inTurn(served, [{ 'cache-control': 'no-store' }, {}]);
        expect(hitsOf(got)).toEqual([false, false]);
      },
      TTL,
    );
  });
});

describe('a directive', () => {
  it.each([
    `private="${'\\"'.repeat(30_000)}`,
    `${'private="x",'.repeat(5_000)}private`,
    `${','.repeat(60_000)}private`,
    `private=${' '.repeat(60_000)}x`,
    `x="${'\\'.repeat(60_001)}`,
  ])('of any length is read in time', (field) => {
    const started = performance.now();
    responseDirectives(parseDirectives(field));
    expect(performance.now() - started).toBeLessThan(500);
  });
});
