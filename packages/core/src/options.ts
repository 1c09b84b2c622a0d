import { inspect } from 'node:util';

/** A wrong option, found at construction. */
export class OptionError extends TypeError {
  readonly code = 'ERR_OPTION';
  constructor(
    readonly owner: string,
    readonly option: string,
    expectation: string,
    value: unknown,
  ) {
    super(
      `${owner}: ${option} ${expectation}, got ${inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 80 })}`,
    );
    this.name = 'OptionError';
  }
}

/** What a value must be, in words that follow the option's name; undefined where it is. */
export type Check = (value: unknown) => string | undefined;

const expects =
  (words: string, holds: (value: unknown) => boolean): Check =>
  (value) =>
    holds(value) ? undefined : `must be ${words}`;

export const isFunction = expects('a function', (value) => typeof value === 'function');
export const isBoolean = expects('a boolean', (value) => typeof value === 'boolean');
export const isObject = expects('an object', (value) => typeof value === 'object' && value !== null);
export const isText = expects('a non-empty string', (value) => typeof value === 'string' && value !== '');

export const isInteger = (min: number, max = Number.MAX_SAFE_INTEGER): Check =>
  expects(
    max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`,
    (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  );

export const isNumber = (min: number, max: number): Check =>
  expects(
    `a number from ${min} to ${max}`,
    (value) => typeof value === 'number' && value >= min && value <= max,
  );

export const isOneOf = (...values: readonly unknown[]): Check =>
  expects(`one of ${values.map((value) => inspect(value)).join(', ')}`, (value) => values.includes(value));

export const isEither =
  (...checks: readonly Check[]): Check =>
  (value) => {
    const missed = checks.map((check) => check(value));
    return missed.includes(undefined)
      ? undefined
      : missed.map((words, i) => (i ? words?.slice(8) : words)).join(' or ');
  };

export const isArrayOf =
  (check: Check): Check =>
  (value) => {
    if (!Array.isArray(value)) return 'must be an array';
    const missed = value.map(check).find((words) => words !== undefined);
    return missed && `must hold only members of which each ${missed}`;
  };

/**
 * Checks one option, that it is given too.
 * @throws {OptionError} naming option, expectation and value.
 */
export function checkOption(owner: string, name: string, value: unknown, check: Check): void {
  const missed = check(value);
  if (missed) throw new OptionError(owner, name, missed, value);
}

/**
 * Checks every option once, unknown names too.
 * @param owner the function that the user called, for the message.
 * @throws {OptionError} naming option, expectation and value.
 */
export function checkOptions(owner: string, options: object, checks: Readonly<Record<string, Check>>): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(owner, 'options', 'must be an object', options);
  }
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check)
      throw new OptionError(
        owner,
        name,
        `is not an option (options: ${Object.keys(checks).join(', ')})`,
        value,
      );
    if (value !== undefined) checkOption(owner, name, value, check);
  }
}
