import { type Answer, serverOf, serving } from './server';

const status = ({ headers }: Answer) => headers.get('Cache-Status');
const as = (token: string): RequestInit => ({ headers: { Authorization: `Bearer ${token}` } });

const MADE = 'Spillway; fwd=uri-miss; stored';
const OF_A_MINUTE = expect.stringMatching(/^Spillway; hit; ttl=5\d$/);
const OF_TEN_SECONDS = expect.stringMatching(/^Spillway; hit; ttl=\d$/);
const STALE = expect.stringMatching(/^Spillway; hit; ttl=-\d+$/);

/** What the small servers with a cache promise, on whichever framework. */
export function describeCacheServer(example: string): void {
  describe(example, () => {
    const held = serving(serverOf(example));
    const ask = (path: string, init?: RequestInit) => held.server.ask(path, init);
    const order = () => ask('/products/kettle/orders', { method: 'POST' });

    it('keeps a product for a minute', async () => {
      const made = await ask('/products/kettle');
      expect([made.json, status(made)]).toEqual([{ product: 'kettle', left: 9 }, MADE]);
      const kept = await ask('/products/kettle');
      expect([kept.json, status(kept)]).toEqual([made.json, OF_A_MINUTE]);
      expect(kept.headers.get('Age')).toMatch(/^\d$/);
    });

    it('shows what is left from the moment that one is sold, and keeps other products', async () => {
      await ask('/products/teapot');
      expect(await order()).toMatchObject({ status: 201, json: { left: 8 } });
      const made = await ask('/products/kettle');
      expect([made.json.left, status(made)]).toEqual([8, MADE]);
      expect(status(await ask('/products/teapot'))).toEqual(OF_A_MINUTE);
    });

    it('sells no more than there is', async () => {
      expect(await ask('/products/teapot/orders', { method: 'POST' })).toMatchObject({ status: 409 });
    });

    it('sends the report as it was while a new one is made', async () => {
      const { sold } = (await ask('/report')).json;
      expect(status(await ask('/report'))).toEqual(OF_TEN_SECONDS);
      await order();
      const stale = await ask('/report');
      expect([stale.json, status(stale)]).toEqual([{ sold }, STALE]);
      const next = await held.server.askUntil('/report', ({ json }) => json.sold === sold + 1);
      expect(status(next)).toEqual(OF_TEN_SECONDS);
    });

    it('keeps what is personal for each alone', async () => {
      for (const [token, user] of [
        ['1815', 'ada'],
        ['1906', 'grace'],
      ] as const) {
        const made = await ask('/me', as(token));
        expect([made.json, status(made)]).toEqual([{ user }, MADE]);
        const kept = await ask('/me', as(token));
        expect([kept.json, status(kept)]).toEqual([{ user }, OF_A_MINUTE]);
      }
      for (const nobody of [{}, as('1'), { headers: { Cookie: 'user=ada' } }]) {
        expect(await ask('/me', nobody)).toMatchObject({ status: 401, text: 'Unauthorized' });
      }
    });

    it('keeps nothing for all of what a user asked for, and gives that user nothing of it', async () => {
      for (let i = 0; i < 2; i++) {
        expect(status(await ask('/products/pan', as('1815')))).toBe(
          'Spillway; fwd=uri-miss; detail=credentials',
        );
      }
      expect(status(await ask('/products/pan'))).toBe(MADE);
    });
  });
}
