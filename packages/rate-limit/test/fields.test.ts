import type { Fields } from '@spillway/core';
import { createRateLimit, type RateLimitOptions } from '@spillway/rate-limit';
import fc from 'fast-check';
import { parseList } from 'structured-headers';

const request = {
  method: 'GET',
  originalUrl: '/',
  protocol: 'http',
  host: 'localhost',
  headers: {},
  ip: '203.0.113.7',
};

function fieldsOf(options: RateLimitOptions<object>, ...context: [object?]): Fields {
  return createRateLimit<object>({ now: () => 0, ...options })(request, context[0] ?? {}) as Fields;
}

describe('the RateLimit fields', () => {
  it.each([undefined, true, 8, 11, 'draft-8'] as const)(
    'by standardHeaders %p are those of drafts 8 to 11',
    (standardHeaders) => {
      expect(fieldsOf({ limit: 10, standardHeaders, identifier: 'api' })).toEqual({
        append: { 'RateLimit-Policy': '"api";q=10;w=60', RateLimit: '"api";r=9;t=120' },
      });
    },
  );

  it.each([7, 'draft-7'] as const)('by standardHeaders %p are those of draft 7', (standardHeaders) => {
    expect(fieldsOf({ limit: 10, algorithm: 'fixed-window', standardHeaders })).toEqual({
      headers: { 'RateLimit-Policy': '10;w=60', RateLimit: 'limit=10, remaining=9, reset=60' },
    });
  });

  it.each([6, 'draft-6'] as const)('by standardHeaders %p are those of draft 6', (standardHeaders) => {
    expect(fieldsOf({ limit: 10, algorithm: 'fixed-window', standardHeaders })).toEqual({
      headers: {
        'RateLimit-Policy': '10;w=60',
        'RateLimit-Limit': '10',
        'RateLimit-Remaining': '9',
        'RateLimit-Reset': '60',
      },
    });
  });

  it('by standardHeaders false are none, and legacy ones on wish', () => {
    expect(fieldsOf({ standardHeaders: false })).toEqual({});
    const { headers } = fieldsOf({ limit: 10, standardHeaders: false, legacyHeaders: true });
    expect(headers).toMatchObject({ 'X-RateLimit-Limit': '10', 'X-RateLimit-Remaining': '9' });
    expect(Number(headers?.['X-RateLimit-Reset'])).toBeGreaterThan(Date.now() / 1000);
  });

  it('of several policies show each, and single-valued ones the tightest', () => {
    const policies = [
      { name: 'loose', limit: 100, windowMs: 60_000 },
      { name: 'tight', limit: 5, windowMs: 3_600_000, algorithm: 'fixed-window' as const },
    ];
    expect(fieldsOf({ policies, standardHeaders: 7, legacyHeaders: true }).headers).toMatchObject({
      RateLimit: 'limit=5, remaining=4, reset=3600',
      'X-RateLimit-Remaining': '4',
    });
    expect(fieldsOf({ policies }).append).toMatchObject({
      RateLimit: expect.stringMatching(/^"loose";r=99;t=\d+, "tight";r=4;t=3600$/),
    });
  });

  it.each([6, 7] as const)(
    'of two limiters mounted one after the other show the tighter one (draft %d)',
    (standardHeaders) => {
      const exchange = { req: {} };
      const tight = fieldsOf({ limit: 5, standardHeaders, legacyHeaders: true }, exchange);
      const loose = fieldsOf({ limit: 100, standardHeaders, legacyHeaders: true }, exchange);
      expect(tight.headers).toMatchObject({ 'X-RateLimit-Remaining': '4' });
      expect(loose).toEqual({});
    },
  );

  it('are valid structured fields, whatever the name and the numbers', () => {
    const printable = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1,
    });
    const numbers = {
      limit: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      windowMs: fc.integer({ min: 1, max: 2 ** 40 }),
    };
    fc.assert(
      fc.property(fc.record({ identifier: printable, ...numbers }), ({ identifier, limit, windowMs }) => {
        const { append } = fieldsOf({ identifier, limit, windowMs });
        const [[policy, asked]] = parseList(append!['RateLimit-Policy']!) as [[string, Map<string, number>]];
        expect([policy, asked.get('q'), asked.get('w')]).toEqual([
          identifier,
          limit,
          Math.ceil(windowMs / 1000),
        ]);
        const [[name, left]] = parseList(append!.RateLimit!) as [[string, Map<string, number>]];
        expect([name, left.get('r')]).toEqual([identifier, Math.max(0, limit - 1)]);
      }),
    );
  });
});
