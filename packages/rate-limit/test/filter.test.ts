import type { Hooks, HttpRequest, Reply } from '@spillway/core';
import { createRateLimit, RateLimiter, type RateLimitOptions, refused } from '@spillway/rate-limit';

type Context = { user?: string; path?: string };

const requestFrom = (ip: string | undefined, headers: HttpRequest['headers'] = {}): HttpRequest => ({
  method: 'GET',
  originalUrl: '/',
  protocol: 'http',
  host: 'localhost',
  headers,
  ip,
});

/** The filter as a plain function: what it makes of a request, with no server. */
function filterOf(options: RateLimitOptions<Context>) {
  const filter = createRateLimit<Context>(options);
  return (context: Context = {}, request = requestFrom('203.0.113.7')) => filter(request, context);
}

const status = (outcome: unknown): number | undefined => (outcome as Reply | undefined)?.status;
const limitOf = (outcome: unknown): string | undefined => (outcome as Hooks).append?.RateLimit;

describe('who is counted', () => {
  it('is the client by its address, every notation of one the same', () => {
    const ask = filterOf({ limit: 1 });
    expect(status(ask({}, requestFrom('203.0.113.7')))).toBeUndefined();
    expect(status(ask({}, requestFrom('::ffff:203.0.113.7')))).toBe(429);
    expect(status(ask({}, requestFrom('::FFFF:CB00:7107')))).toBe(429);
    expect(status(ask({}, requestFrom('203.0.113.8')))).toBeUndefined();
  });

  it('is an IPv6 client by its /56, or by ipv6Subnet', () => {
    const ask = filterOf({ limit: 1 });
    ask({}, requestFrom('2001:db8:0:1200::1'));
    expect(status(ask({}, requestFrom('2001:db8:0:12ff::2')))).toBe(429);
    expect(status(ask({}, requestFrom('2001:db8:0:1300::1')))).toBeUndefined();
    const whole = filterOf({ limit: 1, ipv6Subnet: false });
    whole({}, requestFrom('2001:db8::1'));
    expect(status(whole({}, requestFrom('2001:db8::2')))).toBeUndefined();
  });

  it.each(['key', 'keyGenerator'])('is whom %s names, now or later', async (name) => {
    const ask = filterOf({ limit: 1, [name]: ({ user }: Context) => user! });
    ask({ user: 'ann' });
    expect(status(ask({ user: 'ann' }))).toBe(429);
    expect(status(ask({ user: 'bob' }))).toBeUndefined();
    const later = filterOf({ limit: 1, [name]: async ({ user }: Context) => user! });
    await later({ user: 'ann' });
    expect(status(await later({ user: 'ann' }))).toBe(429);
  });

  it.each([undefined, '', 'unknown', '999.1.1.1', '0177.0.0.1'])(
    'is nobody where the address is %p: answered with an explanation, never one shared bucket',
    (ip) => {
      const ask = filterOf({ limit: 1 });
      const reply = ask({}, requestFrom(ip)) as Reply;
      expect(reply.status).toBe(500);
      expect(JSON.parse(String(reply.body)).detail).toContain('trust proxy');
    },
  );

  it.each([undefined, null, ''])('is the client by its address where its key is %p', (key) => {
    const ask = filterOf({ limit: 1, key: ({ user }) => user ?? (key as undefined) });
    ask();
    expect(status(ask())).toBe(429);
    expect(status(ask({ user: 'ann' }))).toBeUndefined();
    expect(status(ask({}, requestFrom('203.0.113.8')))).toBeUndefined();
  });

  it.each([7, {}, true])('a key that is %p is an error for the framework', (key) => {
    expect(() => filterOf({ key: () => key as never })()).toThrow('a key must be a non-empty string');
  });

  it('a key that throws or rejects is an error for the framework, with nothing left unhandled', async () => {
    const bug = new Error('bug');
    const throws = () => {
      throw bug;
    };
    expect(filterOf({ key: throws })).toThrow(bug);
    await expect(filterOf({ key: async () => throws() })()).rejects.toBe(bug);
    const policies = [
      { name: 'a', limit: 1, windowMs: 1_000, key: async () => throws() },
      { name: 'b', limit: 1, windowMs: 1_000, key: throws },
    ];
    await expect(filterOf({ policies })()).rejects.toBe(bug);
  });
});

describe('what it costs', () => {
  it('is one unit, or what cost says', async () => {
    const ask = filterOf({ limit: 10, cost: ({ path }) => (path === '/report' ? 7 : 1) });
    expect(limitOf(ask())).toMatch('r=9');
    expect(limitOf(ask({ path: '/report' }))).toMatch('r=2');
    expect(status(ask({ path: '/report' }))).toBe(429);
    expect(limitOf(ask())).toMatch('r=1');
    expect(limitOf(await filterOf({ limit: 10, cost: async () => 4 })())).toMatch('r=6');
  });

  it.each([Number.NaN, -1, 0.5, Infinity, undefined])(
    '%p is an error for the framework, and charges nothing',
    (cost) => {
      let next: unknown = cost;
      const ask = filterOf({ limit: 10, cost: () => next as number });
      expect(() => ask()).toThrow('cost must be a non-negative integer');
      next = 1;
      expect(limitOf(ask())).toMatch('r=9');
    },
  );

  it('nothing that could ever be admitted: refused without a Retry-After', () => {
    const reply = filterOf({ limit: 10, cost: () => 11 })() as Reply;
    expect(reply.status).toBe(429);
    expect(reply.headers).not.toHaveProperty('Retry-After');
    expect(reply.append).toEqual({ 'RateLimit-Policy': '"default";q=10;w=60', RateLimit: '"default";r=10' });
  });
});

describe('plans', () => {
  const limit = ({ user }: Context) => (user === 'pro' ? 100 : 2);

  it('limit and windowMs may be functions of the request, now or later', async () => {
    const ask = filterOf({
      limit,
      windowMs: ({ user }) => (user === 'pro' ? 1_000 : 60_000),
      key: ({ user }) => user!,
    });
    expect(ask({ user: 'pro' })).toMatchObject({ append: { 'RateLimit-Policy': '"default";q=100;w=1' } });
    expect(ask({ user: 'free' })).toMatchObject({ append: { 'RateLimit-Policy': '"default";q=2;w=60' } });
    const later = filterOf({ limit: async (context) => limit(context), key: ({ user }) => user! });
    expect(await later({ user: 'pro' })).toMatchObject({
      append: { 'RateLimit-Policy': '"default";q=100;w=60' },
    });
  });

  it('a key whose plan grows has more left at once', () => {
    let plan = 1;
    const ask = filterOf({ limit: () => plan });
    ask();
    expect(status(ask())).toBe(429);
    plan = 3;
    expect(limitOf(ask())).toMatch('r=1');
  });

  it.each([Number.NaN, -5, 1.5, undefined, '10'])('a plan of %p is an error for the framework', (plan) => {
    expect(filterOf({ limit: () => plan as number })).toThrow('limit(request) must be an integer from 0');
    expect(filterOf({ windowMs: () => plan as number })).toThrow(
      'windowMs(request) must be an integer from 1',
    );
  });

  it('each of several policies may have its own', () => {
    const ask = filterOf({
      policies: [
        { name: 'plan', limit, windowMs: 60_000 },
        { name: 'all', limit: 50, windowMs: 60_000, key: () => 'all' },
      ],
    });
    expect(ask({ user: 'pro' })).toMatchObject({
      append: {
        'RateLimit-Policy': '"plan";q=100;w=60, "all";q=50;w=60',
        RateLimit: '"plan";r=99;t=120, "all";r=49;t=120',
      },
    });
  });
});

describe('who passes', () => {
  it('skip, allow and deny go before counting', () => {
    const ask = filterOf({
      limit: 1,
      skip: ({ path }) => path === '/healthz',
      allow: ['10.0.0.0/8', '2001:db8::/32'],
      deny: ['192.0.2.0/24'],
    });
    for (let i = 0; i < 3; i++) {
      expect(ask({ path: '/healthz' })).toBeUndefined();
      expect(ask({}, requestFrom('10.1.2.3'))).toBeUndefined();
      expect(ask({}, requestFrom('::ffff:10.1.2.3'))).toBeUndefined();
      expect(ask({}, requestFrom('2001:db8::7'))).toBeUndefined();
      expect(status(ask({}, requestFrom('192.0.2.1')))).toBe(403);
    }
    expect(status(ask())).toBeUndefined();
    expect(status(ask())).toBe(429);
  });

  it('they may be functions, and answer later', async () => {
    const ask = filterOf({
      limit: 0,
      allow: async ({ user }) => user === 'root',
      deny: ({ user }) => user === 'eve',
    });
    expect(await ask({ user: 'root' })).toBeUndefined();
    expect(status(await ask({ user: 'eve' }))).toBe(403);
    expect(status(await ask({ user: 'ann' }))).toBe(429);
  });

  it('skip that throws is an error for the framework', () => {
    const skip = () => {
      throw new Error('bug');
    };
    expect(filterOf({ skip })).toThrow('bug');
  });
});

describe('a refusal', () => {
  const exhausted = (options: RateLimitOptions<Context>, headers: HttpRequest['headers'] = {}) => {
    const ask = filterOf({ limit: 0, ...options });
    return ask({}, requestFrom('203.0.113.7', headers)) as Reply;
  };

  it('is a 429 that no cache stores, with problem details of the policies violated', () => {
    const reply = exhausted({ identifier: 'search' });
    expect(reply).toMatchObject({
      status: 429,
      headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
    });
    expect(JSON.parse(String(reply.body))).toEqual({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'Request cannot be satisfied as assigned quota has been exceeded',
      status: 429,
      'violated-policies': ['search'],
    });
  });

  it.each([
    ['*/*', 'application/problem+json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/problem+json'],
    ['application/json', 'application/json'],
    ['text/html', 'text/plain; charset=utf-8'],
    ['text/plain, application/problem+json;q=0.1', 'text/plain; charset=utf-8'],
    [';;;=,,', 'text/plain; charset=utf-8'],
  ])('for Accept: %s is %s', (accept, type) => {
    expect(exhausted({}, { accept }).headers).toMatchObject({ 'Content-Type': type });
  });

  it('says message: text, JSON, or what a function gives', async () => {
    expect(exhausted({ message: 'slow down' })).toMatchObject({
      body: 'slow down',
      headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    });
    expect(exhausted({ message: { error: 'slow' } })).toMatchObject({
      body: '{"error":"slow"}',
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
    });
    expect(exhausted({ message: () => 'no' })).toMatchObject({ body: 'no' });
    expect(await exhausted({ message: async () => ({ no: 1 }) })).toMatchObject({ body: '{"no":1}' });
    expect(exhausted({ statusCode: 503 }).status).toBe(503);
  });

  it('with refuse: throw is an error of http-errors, fields and all', () => {
    expect(exhausted({ refuse: 'throw' })).toEqual({
      error: expect.objectContaining({
        name: 'TooManyRequestsError',
        status: 429,
        expose: true,
        code: 'ERR_RATE_LIMITED',
        verdict: expect.objectContaining({ allowed: false }),
        headers: expect.objectContaining({ RateLimit: '"default";r=0', 'Cache-Control': 'no-store' }),
      }),
    });
  });

  it('says in Retry-After and t when it would be admitted, never early', () => {
    let now = 0;
    const ask = filterOf({ limit: 1, windowMs: 1_500, algorithm: 'fixed-window', now: () => now });
    ask();
    now = 400;
    expect(ask()).toMatchObject({
      headers: { 'Retry-After': '2' },
      append: { RateLimit: '"default";r=0;t=2' },
    });
  });

  it('is published, and with dryRun only that', () => {
    const told: unknown[] = [];
    const listen = (event: object) => void told.push(event);
    (refused as unknown as { subscribe(listen: unknown): void }).subscribe(listen);
    const ask = filterOf({ limit: 0, dryRun: true });
    expect(ask()).toBeUndefined();
    (refused as unknown as { unsubscribe(listen: unknown): void }).unsubscribe(listen);
    expect(told).toEqual([
      { keys: ['203.0.113.7'], dryRun: true, verdict: expect.objectContaining({ allowed: false }) },
    ]);
  });

  it('by one policy charges no other', () => {
    const limiter = new RateLimiter({
      policies: [
        { name: 'minute', limit: 1, windowMs: 60_000 },
        { name: 'hour', limit: 100, windowMs: 3_600_000 },
      ],
    });
    const ask = filterOf({ limiter, key: () => 'k' });
    const outcomes = Array.from({ length: 51 }, () => status(ask()));
    expect(outcomes.filter((code) => code === 429)).toHaveLength(50);
    expect(limiter.peek('k').decisions[1]!.remaining).toBe(99);
  });
});
