import type { Filter } from '@spillway/core';
import { inFront } from '@spillway/core/http';
import { defineHost, type Handled, nodeHost, type TestHost } from '@spillway/core/testing';
import { hosts } from '../hosts';
import { attacked, hitsOf, hostField, inTurn, showing, textsOf } from './support';

/** An outermost filter that has its framework believe its proxies. */
const believing: Filter<never> = (_request, context: unknown) => {
  const { app } = context as { app: { proxy: boolean } & { set?(name: string, value: unknown): void } };
  if (app.set) app.set('trust proxy', true);
  else app.proxy = true;
  return undefined;
};

const trusting: readonly TestHost[] = [
  ...hosts
    .filter(({ name }) => /Express|Koa/.test(name))
    .map((host) =>
      defineHost(`${host.name} that trusts`, (items, app) => host.make([believing, ...items], app), host),
    ),
  defineHost('in front that trusts', (items, app) =>
    inFront(nodeHost()([], app), items as readonly Filter<object>[], { trustProxy: true }),
  ),
];

const FORWARDED = ['x-forwarded-host', 'x-forwarded-proto'] as const;

describe.each(trusting)('a proxy before $name', (host) => {
  const show = ({ req }: Handled) => FORWARDED.map((name) => req.headers[name]).join(' ');

  it.each([
    ['a.test https', 'b.test https'],
    ['a.test https', 'a.test http'],
    ['a.test:81 https', 'a.test:82 https'],
    ['a.test https', 'a.test:82 https'],
  ])('tells which URL is meant: %j is not %j', async (...urls) => {
    await attacked(host, showing(show), async (served) => {
      const requests = urls.map((url) => {
        const [name, protocol] = url.split(' ') as [string, string];
        return { 'x-forwarded-host': name, 'x-forwarded-proto': protocol };
      });
      const got = [...(await inTurn(served, requests)), ...(await inTurn(served, requests))];
      expect(textsOf(got)).toEqual([...urls, ...urls]);
      expect(hitsOf(got)).toEqual([false, false, true, true]);
    });
  });

  it.each([
    { 'x-forwarded-host': 'victim.test/b' },
    { 'x-forwarded-host': 'victim.test evil' },
    { 'x-forwarded-proto': 'http://victim.test x' },
    { 'x-forwarded-proto': 'javascript:alert(1)//' },
  ])('that tells nonsense is cached nothing for: %j', async (headers) => {
    await attacked(host, showing(), async (served) => {
      expect(hitsOf(await inTurn(served, [headers, headers]))).toEqual([false, false]);
    });
  });
});

describe.each(hosts)('whoever plays the proxy before $name, which trusts none,', (host) => {
  const victim = hostField(host, 'victim.test');

  it('fills nothing of the host that is named', async () => {
    await attacked(host, showing(), async (served) => {
      const forwarded = { 'x-forwarded-host': 'victim.test', 'x-forwarded-proto': 'https' };
      const evil = { ...hostField(host, 'evil.test'), ...forwarded };
      expect(textsOf(await inTurn(served, [evil, victim, evil]))).toEqual([
        'evil.test /',
        'victim.test /',
        'evil.test /',
      ]);
    });
  });

  it('fills nothing of another port', async () => {
    await attacked(host, showing(), async (served) => {
      const evil = { ...hostField(host, 'victim.test:8888'), 'x-forwarded-host': 'x' };
      expect(textsOf(await inTurn(served, [evil, victim]))).toEqual(['victim.test:8888 /', 'victim.test /']);
    });
  });

  it.each([
    ['x-forwarded-host', 'evil.test'],
    ['x-forwarded-proto', 'https'],
  ])(
    'leaves to nobody what the application made of %s, which it should not have read',
    async (name, value) => {
      const show = ({ req }: Handled) => `link to ${req.headers[name]}`;
      await attacked(host, showing(show), async (served) => {
        const texts = textsOf(await inTurn(served, [{ [name]: value }, {}, { [name]: 'other' }]));
        expect(texts).toEqual([`link to ${value}`, 'link to undefined', 'link to other']);
      });
    },
  );
});
