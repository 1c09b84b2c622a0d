import { LRUCache } from 'lru-cache';
import type { Coder } from './coder';
import { type CompressOptions, canonical } from './options';
import { type Settings, settingsOf } from './settings';

/** What one response asks for in place of the options: true to be coded whatever its type, false not to be, or other options. */
export type Override<Context> = boolean | CompressOptions<Context> | null | undefined;

/** A handler names a handful of different options, but may make an object for each request. */
const MAX_COMPILED = 100;

/**
 * Options of one response over those of all, compiled once for equal ones; all are coded within the same limits.
 * @throws {OptionError} naming the option that is wrong.
 */
export function createOverride<Context>(
  options: CompressOptions<Context>,
  coder: Coder,
  overrideOf: (context: Context) => Override<Context>,
): (context: Context) => boolean | Settings<Context> | undefined {
  const compiled = new LRUCache<string | object, Settings<Context>>({ max: MAX_COMPILED });
  return (context) => {
    const override = overrideOf(context) ?? undefined;
    if (typeof override !== 'object') return override;
    const key = keyOf(override);
    const found = compiled.get(key);
    if (found) return found;
    const settings = settingsOf({ ...canonical(options), ...canonical(override) }, coder);
    compiled.set(key, settings);
    return settings;
  };
}

/** Functions have no text, so what has some is known by itself. */
const keyOf = (override: object): string | object =>
  Object.values(override).some((value) => typeof value === 'function') ? override : JSON.stringify(override);
