import fc from 'fast-check';
import { parseDirectives, requestDirectives, responseDirectives } from '../dist/policy/cache-control';
import {
  type Arrival,
  type Credentials,
  isAuthorized,
  mayShare,
  type Sharing,
  whyNotStored,
} from '../dist/policy/storable';

const directives = (field: string) => responseDirectives(parseDirectives(field));
const wants = (field: string) => requestDirectives(field, undefined);

const lifetime = (by: 'fields' | 'ttl' | 'heuristic') => ({ lifetimeMs: 60_000, by });

/** Why a response is not stored that would be stored but for these. */
const whyNot = (field: string, changes: Partial<Arrival> = {}) =>
  whyNotStored({
    status: 200,
    directives: directives(field),
    lifetime: lifetime('fields'),
    wants: wants(''),
    selecting: [],
    credentials: undefined,
    ...changes,
  });

const CREDENTIALS: Credentials = { authorization: false, cookie: false, keyed: false, inFront: false };

describe('a response (RFC 9111, 3)', () => {
  it.each<[string, string | undefined]>([
    ['', undefined],
    ['max-age=60', undefined],
    ['public', undefined],
    ['no-cache', undefined],
    ['no-cache="set-cookie"', undefined],
    ['must-revalidate, proxy-revalidate, immutable', undefined],
    ['no-store', 'no-store'],
    ['no-store, public, max-age=60', 'no-store'],
    ['no-store=""', 'no-store'],
    ['private', 'private'],
    ['private, public, s-maxage=60', 'private'],
    ['private=', 'private'],
    ['private="set-cookie', 'private'],
    ['private="set-cookie"', undefined],
    ['must-understand', undefined],
    ['must-understand, no-store', undefined],
    ['must-understand, private', 'private'],
  ])('that says %j is not stored because of %j', (field, why) => {
    expect(whyNot(field)).toBe(why);
  });

  it.each<[number, string | undefined]>([
    [100, 'status'],
    [103, 'status'],
    [199, 'status'],
    [200, undefined],
    [201, undefined],
    [204, undefined],
    [206, 'status'],
    [299, undefined],
    [301, undefined],
    [304, 'status'],
    [307, undefined],
    [404, undefined],
    [500, undefined],
    [599, undefined],
    [600, 'status'],
    [999, 'status'],
  ])('of status %d is not stored because of %j', (status, why) => {
    expect(whyNot('max-age=60', { status })).toBe(why);
  });

  it('that must be understood is stored where its status is known, whatever no-store says (5.2.2.3)', () => {
    expect(whyNot('must-understand', { status: 299 })).toBe('no-store');
    expect(whyNot('must-understand, no-store', { status: 299 })).toBe('no-store');
    expect(whyNot('must-understand', { status: 404 })).toBeUndefined();
    expect(whyNot('must-understand=1, no-store')).toBe('no-store');
    expect(whyNot('must-understand', { status: 206 })).toBe('status');
  });

  it('is not stored where the request says so (5.2.1.5)', () => {
    expect(whyNot('public', { wants: wants('no-store') })).toBe('request-no-store');
    expect(whyNot('public', { wants: wants('no-cache, max-age=0') })).toBeUndefined();
  });

  it('is not stored where it was chosen by more than the request, or by more than 16 fields', () => {
    const names = Array.from({ length: 17 }, (_, i) => `x-${i}`);
    expect(whyNot('', { selecting: undefined })).toBe('vary');
    expect(whyNot('', { selecting: names })).toBe('vary');
    expect(whyNot('', { selecting: names.slice(1) })).toBeUndefined();
  });

  it('is not stored where nobody says how long it is fresh', () => {
    expect(whyNot('', { lifetime: undefined })).toBe('no-freshness');
    for (const by of ['fields', 'ttl', 'heuristic'] as const)
      expect(whyNot('', { lifetime: lifetime(by) })).toBeUndefined();
  });

  it('must say it itself where that is asked for', () => {
    const explicitOnly = true;
    expect(whyNot('', { explicitOnly })).toBeUndefined();
    expect(whyNot('', { explicitOnly, lifetime: lifetime('ttl') })).toBe('no-freshness');
    expect(whyNot('', { explicitOnly, lifetime: lifetime('heuristic') })).toBe('no-freshness');
    expect(whyNot('', { explicitOnly: false, lifetime: lifetime('ttl') })).toBeUndefined();
  });
});

describe('a response to a request with credentials (RFC 9111, 3.5)', () => {
  it.each<[string, Partial<Credentials>, 'fields' | 'ttl' | 'heuristic', string | undefined]>([
    ['', { authorization: true }, 'fields', 'credentials'],
    ['max-age=60', { authorization: true }, 'fields', 'credentials'],
    ['proxy-revalidate, no-cache', { authorization: true }, 'fields', 'credentials'],
    ['public', { authorization: true }, 'fields', undefined],
    ['s-maxage=60', { authorization: true }, 'fields', undefined],
    ['s-maxage=0', { authorization: true }, 'fields', undefined],
    ['must-revalidate', { authorization: true }, 'fields', undefined],
    ['must-revalidate', { authorization: true }, 'ttl', 'credentials'],
    ['s-maxage=60', { authorization: true }, 'heuristic', 'credentials'],
    ['public', { authorization: true }, 'ttl', undefined],
    ['public=1', { authorization: true }, 'fields', 'credentials'],
    ['', { authorization: true, keyed: true }, 'ttl', undefined],
    ['', { cookie: true }, 'fields', undefined],
    ['', { cookie: true }, 'ttl', 'credentials'],
    ['', { cookie: true }, 'heuristic', 'credentials'],
    ['public', { cookie: true }, 'heuristic', undefined],
    ['', { cookie: true, keyed: true }, 'heuristic', undefined],
    ['', { cookie: true, authorization: true }, 'fields', 'credentials'],
    ['must-revalidate', { cookie: true, authorization: true }, 'fields', undefined],
    ['', { keyed: true }, 'ttl', undefined],
    ['', {}, 'ttl', undefined],
    ['', { inFront: true }, 'ttl', undefined],
    ['s-maxage=60, must-revalidate', { authorization: true, inFront: true }, 'fields', 'credentials'],
    ['max-age=60', { cookie: true, inFront: true }, 'fields', 'credentials'],
    ['public', { authorization: true, inFront: true }, 'fields', undefined],
    ['public', { cookie: true, inFront: true }, 'ttl', undefined],
    ['', { authorization: true, keyed: true, inFront: true }, 'ttl', undefined],
    ['private, public', { authorization: true, keyed: true }, 'fields', 'private'],
  ])(
    'that says %j, with %j and freshness of %s, is not stored because of %j',
    (field, credentials, by, why) => {
      expect(whyNot(field, { credentials: { ...CREDENTIALS, ...credentials }, lifetime: lifetime(by) })).toBe(
        why,
      );
    },
  );

  it('is not for all where it is stale from the start, unless it says that it is', () => {
    const stale = { lifetime: { lifetimeMs: 0, by: 'fields' as const } };
    const cookie = { ...CREDENTIALS, cookie: true };
    const authorization = { ...CREDENTIALS, authorization: true };
    expect(whyNot('max-age=0', { ...stale, credentials: cookie })).toBe('credentials');
    expect(whyNot('s-maxage=0', { ...stale, credentials: authorization })).toBe('credentials');
    expect(whyNot('max-age=0, public', { ...stale, credentials: cookie })).toBeUndefined();
    expect(whyNot('max-age=0', { ...stale, credentials: { ...cookie, keyed: true } })).toBeUndefined();
    expect(whyNot('max-age=0', stale)).toBeUndefined();
  });

  it('says itself that it is for all: public, must-revalidate or s-maxage, and nothing else', () => {
    const said = [
      'public',
      'must-revalidate',
      's-maxage=1',
      'max-age=1',
      'proxy-revalidate',
      'no-cache',
      'immutable',
    ];
    fc.assert(
      fc.property(fc.subarray(said), (list) => {
        const expected = list.some((each) => said.indexOf(each) < 3);
        expect(isAuthorized(directives(list.join()))).toBe(expected);
      }),
    );
  });

  it('is shared with nobody who comes with more than one who may not have it', () => {
    const credentials = fc.record({
      authorization: fc.boolean(),
      cookie: fc.boolean(),
      keyed: fc.constant(false),
      inFront: fc.boolean(),
    });
    const said = fc
      .subarray(['public', 'must-revalidate', 's-maxage=1'])
      .map((list) => directives(list.join()));
    const by = fc.constantFrom('fields' as const, 'ttl' as const, 'heuristic' as const);
    const sharing: fc.Arbitrary<Sharing> = fc.tuple(by, said, fc.nat(1)).map(([by, said, lifetimeMs]) => ({
      by,
      lifetimeMs,
      authorized: isAuthorized(said),
      public: said.public,
    }));
    fc.assert(
      fc.property(credentials, sharing, (asked, response) => {
        if (mayShare(asked, response)) return;
        for (const more of [{ authorization: true }, { cookie: true }, { inFront: true }])
          expect(mayShare({ ...asked, ...more }, response)).toBe(false);
      }),
    );
  });
});
