import { serverOf, serving } from '../../catalogue/test/server';

describe('rate-limit-express', () => {
  const held = serving(serverOf('rate-limit-express'));

  it('says hello, and what is left', async () => {
    const hello = await held.server.ask('/');
    expect(hello).toMatchObject({ status: 200, text: 'Hello!\n' });
    expect(hello.headers.get('RateLimit')).toMatch(/^"default";r=99;t=\d+$/);
  });

  it('takes three letters at once, and the next one later', async () => {
    const last = await held.server.askTimes(3, '/letters', { method: 'POST' });
    expect(last).toMatchObject({ status: 202, text: 'On its way.\n' });
    const refused = await held.server.ask('/letters', { method: 'POST' });
    expect(refused).toMatchObject({ status: 429, json: { 'violated-policies': ['letters'] } });
    expect(Number(refused.headers.get('Retry-After'))).toBeLessThanOrEqual(10);
  });

  it('refuses the 101st request in a minute', async () => {
    await held.server.askTimes(95, '/');
    expect(await held.server.ask('/')).toMatchObject({
      status: 429,
      json: { 'violated-policies': ['default'] },
    });
  });
});
