import type { Qualified, ResponseDirectives } from '../dist/policy/cache-control';

type Argument = string | true;
type Pair = readonly [name: string, argument: Argument];

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]/;

/** The grammar of Cache-Control (RFC 9111, 5.2), a function a rule; throws where a field is not of it. */
export function readByGrammar(field: string): readonly Pair[] {
  let at = 0;
  const next = () => field[at] ?? '';
  const take = (what: string | RegExp): string => {
    if (next() === '' || !(typeof what === 'string' ? next() === what : what.test(next())))
      throw new SyntaxError(`${what} expected at ${at}`);
    return field[at++]!;
  };
  const space = (): void => {
    if (/[ \t]/.test(next())) {
      at++;
      space();
    }
  };
  const token = (): string => take(TOKEN) + (TOKEN.test(next()) ? token() : '');
  const quotedRest = (): string => {
    if (next() === '"') return '';
    if (next() === '\\') at++;
    return take(/[\t -~\x80-\xff]/) + quotedRest();
  };
  const quoted = (): string => {
    take('"');
    const text = quotedRest();
    take('"');
    return text;
  };
  const directive = (): Pair => {
    const name = token();
    if (next() !== '=') return [name.toLowerCase(), true];
    take('=');
    return [name.toLowerCase(), next() === '"' ? quoted() : token()];
  };
  const list = (): readonly Pair[] => {
    space();
    if (next() === '') return [];
    if (next() === ',') {
      at++;
      return list();
    }
    const first = directive();
    space();
    if (next() === '') return [first];
    take(',');
    return [first, ...list()];
  };
  return list();
}

/** What the pairs mean, each question asked of all of them again. */
export function slowDirectives(pairs: readonly Pair[]): ResponseDirectives {
  const all = (name: string) => pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]);
  const bare = (name: string) => all(name).length > 0 && all(name).every((text) => text === true);
  const time = (name: string): number | undefined => {
    const times = all(name).map((text) => {
      const digits = text !== true && text !== '' && [...text].every((char) => char >= '0' && char <= '9');
      const large = digits ? BigInt(text) : 0n;
      return large > 2n ** 31n ? 2 ** 31 : Number(large);
    });
    return times.length === 0 ? undefined : Math.min(...times);
  };
  const names = (name: string): Qualified | undefined => {
    if (all(name).length === 0) return undefined;
    const lists = all(name).map((text) =>
      text === true
        ? []
        : text
            .split(',')
            .map((each) => each.trim())
            .filter((each) => each !== ''),
    );
    const isNamed = (each: string) => [...each].every((char) => TOKEN.test(char));
    if (lists.some((list) => list.length === 0 || !list.every(isNamed))) return true;
    return lists.flat().map((each) => each.toLowerCase());
  };
  return {
    noStore: all('no-store').length > 0,
    noCache: names('no-cache'),
    private: names('private'),
    public: bare('public'),
    mustRevalidate: all('must-revalidate').length > 0,
    proxyRevalidate: all('proxy-revalidate').length > 0,
    mustUnderstand: bare('must-understand'),
    immutable: bare('immutable'),
    maxAge: time('max-age'),
    sMaxage: time('s-maxage'),
    staleWhileRevalidate: time('stale-while-revalidate'),
    staleIfError: time('stale-if-error'),
  };
}
