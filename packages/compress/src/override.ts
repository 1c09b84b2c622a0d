import type { CompressOptions } from './options';
import { type Settings, settingsOf } from './settings';

/** What one response asks for in place of the options: true to be coded whatever its type, false not to be, or other options. */
export type Override<Context> = boolean | CompressOptions<Context> | undefined;

/**
 * Options of one response over those of all, compiled once for each object that brings them.
 * @throws {OptionError} naming the option that is wrong.
 */
export function createOverride<Context>(
  options: CompressOptions<Context>,
  overrideOf: (context: Context) => Override<Context>,
): (context: Context) => boolean | Settings<Context> | undefined {
  const compiled = new WeakMap<object, Settings<Context>>();
  return (context) => {
    const override = overrideOf(context);
    if (typeof override !== 'object') return override;
    const found = compiled.get(override);
    if (found) return found;
    const settings = settingsOf({ ...options, ...override });
    compiled.set(override, settings);
    return settings;
  };
}
