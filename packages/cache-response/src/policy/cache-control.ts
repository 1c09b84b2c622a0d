/** Directives by lower-case name; true: one without an argument. */
export type Directives = ReadonlyMap<string, string | true>;

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
const LONGEST = 2_147_483_648;

/** Where two members disagree, the one that stores less, or for less long, is meant. */
export function parseDirectives(field: string): Directives {
  const directives = new Map<string, string | true>();
  for (const member of membersOf(field)) {
    const equals = member.indexOf('=');
    const name = (equals < 0 ? member : member.slice(0, equals)).trim().toLowerCase();
    if (name === '') continue;
    const value = equals < 0 ? true : argumentOf(member.slice(equals + 1));
    directives.set(name, directives.has(name) ? stricter(directives.get(name)!, value) : value);
  }
  return directives;
}

export function responseDirectives(directives: Directives): ResponseDirectives {
  return {
    noStore: directives.has('no-store'),
    noCache: qualified(directives.get('no-cache')),
    private: qualified(directives.get('private')),
    public: directives.has('public'),
    mustRevalidate: directives.has('must-revalidate'),
    proxyRevalidate: directives.has('proxy-revalidate'),
    mustUnderstand: directives.has('must-understand'),
    immutable: directives.has('immutable'),
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
    minFresh: seconds(directives.get('min-fresh')),
    maxStale: maxStale === true ? Number.POSITIVE_INFINITY : seconds(maxStale),
    staleIfError: seconds(directives.get('stale-if-error')),
  };
}

/** The members of a list; a comma in a quoted string separates none. One that doesn't end is one member. */
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

const QUOTED = /^"((?:[^"\\]|\\.)*)"$/;

/** A token or a quoted string; an empty text is what no directive takes, so one that is malformed says the least. */
function argumentOf(text: string): string {
  const quoted = QUOTED.exec(text);
  if (quoted) return quoted[1]!.replace(/\\(.)/g, '$1');
  return text.includes('"') || text !== text.trim() ? '' : text;
}

/** A malformed time is none at all: what it is about has gone stale (RFC 9111, 4.2.1). */
function seconds(value: string | true | undefined): number | undefined {
  if (value === undefined) return undefined;
  return value === true || !/^\d+$/.test(value) ? 0 : Math.min(Number(value), LONGEST);
}

const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Where the names are malformed, the whole response is meant. */
function qualified(value: string | true | undefined): Qualified | undefined {
  if (value === undefined || value === true) return value;
  const names = membersOf(value).map((name) => name.toLowerCase());
  return names.length > 0 && names.every((name) => FIELD_NAME.test(name)) ? names : true;
}

function stricter(one: string | true, other: string | true): string | true {
  if (one === true || other === true) return true;
  const [a, b] = [seconds(one)!, seconds(other)!];
  if (/^\d+$/.test(one) || /^\d+$/.test(other)) return a <= b ? one : other;
  return `${one},${other}`;
}
