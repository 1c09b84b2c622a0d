/** Where a bundler puts it: last in the name, before one extension or a few (`.chunk.js`, `.js.map`). */
const LAST = /[.-](\w{8,})(?:\.[a-zA-Z]\w*){1,3}$/;

/** webpack, Parcel, Rails; it may be the whole name. */
const HEX = /(?:^|[.-])([0-9a-f]{8,})(?:\.[a-zA-Z]\w*){1,3}$/;

/** esbuild, in base 32. */
const BASE32 = /^[A-Z2-7]{8}$/;

/** Rollup and Vite, in base64url. */
const MIXED = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)/;

const RUNS = /[A-Z]+|[a-z]+|\d+/g;

/** `cafe2024` and `20240131a` have two. */
const MIN_RUNS_OF_HEX = 3;

/** Random characters change their kind oftener than words do: `iPhone15Pro` is one run short of it. */
const MIN_RUNS_PER_CHARACTER = 0.6;

/**
 * Whether a file's name carries a hash of its content, so that what it names never changes. It says no where it isn't sure, since a
 * wrong yes leaves an old file with clients for a year: of eight characters in base64url about half look too much like a word.
 */
export function isFingerprinted(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const hex = HEX.exec(name)?.[1];
  if (hex !== undefined && runs(hex) >= MIN_RUNS_OF_HEX) return true;
  const token = LAST.exec(name)?.[1];
  return token !== undefined && (isBase32(token) || isMixed(token));
}

/** A number at the end alone is not enough: `VERSION2`. */
const isBase32 = (token: string): boolean => BASE32.test(token) && /\d[A-Z]/.test(token);

const isMixed = (token: string): boolean =>
  MIXED.test(token) && runs(token) >= token.length * MIN_RUNS_PER_CHARACTER;

const runs = (token: string): number => token.match(RUNS)?.length ?? 0;
