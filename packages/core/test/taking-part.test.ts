import { type Hooks, type HttpRequest, takingPart } from '@spillway/core';
import type { ConnectMiddleware } from '@spillway/core/testing';
import compression from 'compression';
import { hosts } from './hosts';
import { looking, TEXT } from './support';

const answer = () => ({ headers: TEXT, body: 'x' });

describe.each(hosts)('who takes part in a response on $name', (host) => {
  it('is told to whoever is further in, the outermost first, also through what others have patched', async () => {
    const outer = looking();
    const inner = looking();
    const told: (readonly Hooks[])[] = [];
    const asking = (request: HttpRequest) => void told.push(takingPart(request));
    const patching = { connect: compression() as ConnectMiddleware };
    await host.serve(
      [asking, () => outer, asking, patching, () => inner, asking],
      answer,
      async (client) => void (await client.get()),
    );
    expect(told).toHaveLength(3);
    for (const [i, hooks] of [[], [outer], [outer, inner]].entries()) {
      expect(told[i]).toHaveLength(hooks.length);
      for (const [place, each] of hooks.entries()) expect(told[i]![place]).toBe(each);
    }
  });

  it('is not who only sets fields', async () => {
    const told: (readonly Hooks[])[] = [];
    await host.serve(
      [() => ({ headers: { 'X-Set': '1' } }), (request) => void told.push(takingPart(request))],
      answer,
      async (client) => void (await client.get()),
    );
    expect(told).toEqual([[]]);
  });
});

it('nobody takes part in a response that is not known', () => {
  expect(takingPart({})).toEqual([]);
});
