import { createRateLimit, RateLimiter } from '@spillway/rate-limit';

const make = (options: unknown) => () => createRateLimit(options as never);

describe('a wrong option throws at construction, naming option, expectation and value', () => {
  it.each<[object, string]>([
    [{ limit: -1 }, 'rateLimit: limit must be an integer from 0 to 4294967295 or a function, got -1'],
    [{ limit: 1.5 }, 'got 1.5'],
    [{ limit: '100' }, "got '100'"],
    [{ limit: Number.NaN }, 'got NaN'],
    [{ limit: 2 ** 32 }, 'got 4294967296'],
    [{ windowMs: 0 }, 'rateLimit: windowMs must be an integer from 1 to 1099511627776 or a function, got 0'],
    [{ windowMs: Infinity }, 'got Infinity'],
    [
      { algorithm: 'leaky' },
      "algorithm must be one of 'sliding-window', 'fixed-window', 'sliding-log', 'token-bucket', got 'leaky'",
    ],
    [{ burst: 10 }, "burst goes with algorithm 'token-bucket' alone, got 10"],
    [{ algorithm: 'token-bucket', burst: 0 }, 'burst must be an integer from 1'],
    [{ identifier: 'naïve' }, "identifier must be a non-empty string of printable ASCII, got 'naïve'"],
    [{ identifier: '' }, 'identifier'],
    [{ identifier: 'a\nb' }, 'identifier'],
    [{ key: 'ip' }, "key must be a function, got 'ip'"],
    [{ keyGenerator: 1 }, 'keyGenerator must be a function, got 1'],
    [{ cost: 2 }, 'cost must be a function, got 2'],
    [{ settleCost: 2 }, 'settleCost must be a function, got 2'],
    [{ skip: true }, 'skip must be a function, got true'],
    [{ allow: '10.0.0.0/8' }, "allow must be an array or a function, got '10.0.0.0/8'"],
    [{ deny: [7] }, 'deny must hold only members of which each must be a string'],
    [{ ipv6Subnet: 16 }, 'ipv6Subnet must be an integer from 32 to 128 or one of false, got 16'],
    [{ statusCode: 200 }, 'statusCode must be an integer from 400 to 599, got 200'],
    [{ standardHeaders: 9 }, 'standardHeaders must be one of'],
    [{ standardHeaders: 'draft-9' }, "got 'draft-9'"],
    [{ legacyHeaders: 'yes' }, "legacyHeaders must be a boolean, got 'yes'"],
    [{ dryRun: 1 }, 'dryRun must be a boolean, got 1'],
    [{ maxKeys: 0 }, 'maxKeys must be an integer from 1'],
    [{ refuse: 'next' }, "refuse must be one of 'reply', 'throw', got 'next'"],
    [{ handler: {} }, 'handler must be a function'],
    [{ skipFailedRequests: 1 }, 'skipFailedRequests must be a boolean'],
    [{ requestWasSuccessful: 1 }, 'requestWasSuccessful must be a function'],
    [{ onStoreError: 'pass' }, "onStoreError must be one of 'local', 'open', 'closed', got 'pass'"],
    [{ storeTimeoutMs: 0 }, 'storeTimeoutMs must be an integer from 1'],
    [{ store: 'redis' }, "store must be an object, got 'redis'"],
    [{ limiter: 5 }, 'limiter must be an object, got 5'],
    [{ policies: {} }, 'policies must be an array'],
    [{ policies: [] }, 'policies must have at least one member'],
    [{ policies: [{ name: 'a', limit: 1 }] }, 'policies[0]: windowMs must be given'],
    [
      { policies: [{ name: 'a', limit: 1, windowMs: 1, key: 5 }] },
      'policies[0]: key must be a function, got 5',
    ],
    [{ policies: [{ name: 'a', limit: 1, windowMs: 1, max: 5 }] }, 'policies[0]: max is not an option'],
    [
      {
        policies: [
          { name: 'a', limit: 1, windowMs: 1 },
          { name: 'a', limit: 2, windowMs: 2 },
        ],
      },
      "policies[1]: name must differ from those of the other policies, got 'a'",
    ],
    [{ limitt: 5 }, 'rateLimit: limitt is not an option (options: limit,'],
    [{ toString: 5 }, 'toString is not an option'],
  ])('%p', (options, message) => {
    expect(make(options)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(message) }),
    );
  });

  it('a subnet that is none', () => {
    expect(make({ allow: ['10.0.0.0/40'] })).toThrow('"10.0.0.0/40" is neither an address nor a subnet');
  });

  it('options that are no object', () => {
    expect(make(100)).toThrow('rateLimit: options must be an object, got 100');
    expect(make(null)).toThrow('rateLimit: options must be an object, got null');
  });
});

describe('options that contradict one another throw', () => {
  const fn = () => 'k';
  const policies = [{ name: 'a', limit: 1, windowMs: 1 }];
  it.each<object>([
    { key: fn, keyGenerator: fn },
    { skipFailedRequests: true, skipSuccessfulRequests: true },
    { settleCost: () => 1, skipFailedRequests: true },
    { handler: fn, refuse: 'throw' },
    { handler: fn, message: 'no' },
    { limiter: new RateLimiter(), limit: 5 },
    { limiter: new RateLimiter(), maxKeys: 5 },
    { policies, limit: 5 },
    { policies, windowMs: 5 },
    { policies, identifier: 'a' },
  ])('%p', (options) => {
    expect(make(options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});

it('an option given as undefined is an option not given', () => {
  expect(make({ limit: undefined, key: undefined })).not.toThrow();
});

it('RateLimiter takes no option of the middleware', () => {
  expect(() => new RateLimiter({ skip: () => true } as never)).toThrow('RateLimiter: skip is not an option');
  expect(() => new RateLimiter({ limit: (() => 5) as never })).toThrow(
    'RateLimiter: limit must be an integer',
  );
});
