/** The arguments of directives by lower-case name, as often as it is said; true: none. */
export type Directives = ReadonlyMap<string, readonly (string | true)[]>;

/** A directive that may name the fields that it is about; true: it is about the whole response. */
export type Qualified = true | readonly string[];

/** What a response says of its storing and its use (RFC 9111, 5.2.2; RFC 5861; RFC 8246). Times in seconds. */
export interface ResponseDirectives {
  readonly noStore: boolean;
  readonly noCache: Qualified | undefined;
  readonly private: Qualified | undefined;
  readonly public: boolean;
  readonly mustRevalidate: boolean;
  readonly proxyRevalidate: boolean;
  readonly mustUnderstand: boolean;
  readonly immutable: boolean;
  readonly maxAge: number | undefined;
  readonly sMaxage: number | undefined;
  readonly staleWhileRevalidate: number | undefined;
  readonly staleIfError: number | undefined;
}

/** What a client wants of a cache (RFC 9111, 5.2.1; RFC 5861, 4). Times in seconds. */
export interface RequestDirectives {
  readonly noStore: boolean;
  readonly noCache: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAge: number | undefined;
  readonly minFresh: number | undefined;
  /** Infinity: however stale. */
  readonly maxStale: number | undefined;
  readonly staleIfError: number | undefined;
}

/** 2^31, what a time that is longer counts as (RFC 9111, 1.2.2). */
export const LONGEST = 2_147_483_648;

/** A member as the grammar has it, up to the comma behind it (RFC 9111, 5.2). */
const MEMBER = /([!#$%&'*+.^_`|~\w-]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w-]*)))?[ \t]*(?=,|$)/y;
const WORDS = /[!#$%&'*+.^_`|~\w-]+/g;

/** What counts though it stands in a malformed member: whoever writes it there means it. */
const RESTRICTIVE = ['no-store', 'no-cache', 'private', 'must-revalidate', 'proxy-revalidate'];

/** What is malformed with the member that it stands in. */
const TIMES = ['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error'];

export function parseDirectives(field: string): Directives {
  const directives = new Map<string, (string | true)[]>();
  const add = (name: string, value: string | true): void => {
    const values = directives.get(name);
    if (values) values.push(value);
    else directives.set(name, [value]);
  };
  for (let at = 0; at < field.length; ) {
    if (isBetween(field.charCodeAt(at))) {
      at++;
      continue;
    }
    MEMBER.lastIndex = at;
    const member = MEMBER.exec(field);
    if (member) {
      const [text, name, quoted, token] = member;
      add(name!.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token ?? true);
      at += text.length;
    } else {
      // It ends at the next comma, also of a quoted string: one that is not closed hides nothing.
      const comma = field.indexOf(',', at);
      const end = comma < 0 ? field.length : comma;
      for (const [word] of field.slice(at, end).toLowerCase().matchAll(WORDS))
        if (RESTRICTIVE.includes(word) || TIMES.includes(word)) add(word, true);
      at = end;
    }
  }
  return directives;
}

/** A comma, a space or a tab. */
const isBetween = (char: number): boolean => char === 0x2c || char === 0x20 || char === 0x09;

export function responseDirectives(directives: Directives): ResponseDirectives {
  return {
    noStore: directives.has('no-store'),
    noCache: qualified(directives.get('no-cache')),
    private: qualified(directives.get('private')),
    public: isPlain(directives.get('public')),
    mustRevalidate: directives.has('must-revalidate'),
    proxyRevalidate: directives.has('proxy-revalidate'),
    mustUnderstand: isPlain(directives.get('must-understand')),
    immutable: isPlain(directives.get('immutable')),
    maxAge: seconds(directives.get('max-age')),
    sMaxage: seconds(directives.get('s-maxage')),
    staleWhileRevalidate: seconds(directives.get('stale-while-revalidate')),
    staleIfError: seconds(directives.get('stale-if-error')),
  };
}

const NOTHING_WANTED: RequestDirectives = {
  noStore: false,
  noCache: false,
  onlyIfCached: false,
  maxAge: undefined,
  minFresh: undefined,
  maxStale: undefined,
  staleIfError: undefined,
};

/** @param pragma counts where there is no Cache-Control (RFC 9111, 5.4). */
export function requestDirectives(field: string | undefined, pragma: string | undefined): RequestDirectives {
  if (field === undefined) {
    return pragma !== undefined && parseDirectives(pragma).has('no-cache')
      ? { ...NOTHING_WANTED, noCache: true }
      : NOTHING_WANTED;
  }
  const directives = parseDirectives(field);
  const maxStale = directives.get('max-stale');
  return {
    noStore: directives.has('no-store'),
    noCache: directives.has('no-cache'),
    onlyIfCached: directives.has('only-if-cached'),
    maxAge: seconds(directives.get('max-age')),
    minFresh: longest(directives.get('min-fresh')),
    maxStale: maxStale?.every((value) => value === true)
      ? Number.POSITIVE_INFINITY
      : seconds(maxStale?.filter((value) => value !== true)),
    staleIfError: seconds(directives.get('stale-if-error')),
  };
}

/** The members of a list; a comma in a quoted string separates none. */
export function membersOf(field: string): string[] {
  const members: string[] = [];
  let quoted = false;
  let start = 0;
  for (let i = 0; i < field.length; i++) {
    const char = field.charCodeAt(i);
    if (quoted && char === 0x5c) i++;
    else if (char === 0x22) quoted = !quoted;
    else if (char === 0x2c && !quoted) {
      members.push(field.slice(start, i).trim());
      start = i + 1;
    }
  }
  members.push(field.slice(start).trim());
  return members.filter((member) => member !== '');
}

type Values = readonly (string | true)[] | undefined;

/** What allows something takes no argument: with one it is another directive. */
const isPlain = (values: Values): boolean => values?.every((value) => value === true) ?? false;

/** A malformed time is none at all: what it is about has gone stale (RFC 9111, 4.2.1). */
const secondsOf = (value: string | true): number =>
  value === true || !/^\d+$/.test(value) ? 0 : Math.min(Number(value), LONGEST);

/** Where it is said twice, the shorter time is meant. */
const seconds = (values: Values): number | undefined =>
  values?.map(secondsOf).reduce((one, other) => Math.min(one, other), LONGEST);

const longest = (values: Values): number | undefined =>
  values?.map(secondsOf).reduce((one, other) => Math.max(one, other), 0);

const FIELD_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;

/** Where it is said once without names, or with malformed ones, the whole response is meant. */
function qualified(values: Values): Qualified | undefined {
  const names: string[] = [];
  for (const value of values ?? []) {
    const own = value === true ? [] : membersOf(value).map((name) => name.toLowerCase());
    if (own.length === 0 || !own.every((name) => FIELD_NAME.test(name))) return true;
    names.push(...own);
  }
  return values && names;
}
