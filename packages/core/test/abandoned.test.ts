import { type Filter, isAbandoned } from '@spillway/core';
import type { Handled } from '@spillway/core/testing';
import { hosts } from './hosts';
import { closing, deferred } from './support';

it.each(hosts)('a request is abandoned once its client has left, on $name', async (host) => {
  const entered = deferred<object>();
  const closed = closing();
  const filter: Filter<object> = (request, context) => {
    entered.resolve([request, context]);
    return undefined;
  };
  const app = (_handled: Handled): void => {};
  await host.serve([filter, closed.filter], app, async (client) => {
    const { abort } = client.open({});
    const forms = (await entered.promise) as object[];
    expect(forms.map(isAbandoned)).toEqual([false, false]);
    abort();
    await closed.closed;
    expect(forms.map(isAbandoned)).toEqual([true, true]);
  });
});

it('of a request whose response is not known nobody says so', () => {
  expect(isAbandoned({})).toBe(false);
});
