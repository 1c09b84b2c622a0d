import {
  type Check,
  checkOptions,
  isArrayOf,
  isBoolean,
  isEither,
  isFunction,
  isInteger,
  isObject,
  isOneOf,
  isText,
  OptionError,
} from '@spillway/core';

const check = (one: Check, value: unknown) => checkOptions('limit', { option: value }, { option: one });

describe('an option', () => {
  it.each<[string, Check, unknown, string]>([
    ['a function', isFunction, 5, 'limit: option must be a function, got 5'],
    ['a boolean', isBoolean, 'yes', "limit: option must be a boolean, got 'yes'"],
    ['an object', isObject, null, 'limit: option must be an object, got null'],
    ['text', isText, '', "limit: option must be a non-empty string, got ''"],
    ['an integer', isInteger(1), 0, 'limit: option must be an integer of at least 1, got 0'],
    ['no fraction', isInteger(1), 1.5, 'limit: option must be an integer of at least 1, got 1.5'],
    ['no text', isInteger(1), '1', "limit: option must be an integer of at least 1, got '1'"],
    ['no NaN', isInteger(1), Number.NaN, 'limit: option must be an integer of at least 1, got NaN'],
    ['in a range', isInteger(1, 128), 129, 'limit: option must be an integer from 1 to 128, got 129'],
    ['one of some', isOneOf('a', 6, false), 'b', "limit: option must be one of 'a', 6, false, got 'b'"],
    [
      'either',
      isEither(isInteger(0), isFunction),
      'x',
      "limit: option must be an integer of at least 0 or a function, got 'x'",
    ],
    ['an array', isArrayOf(isText), 'x', "limit: option must be an array, got 'x'"],
    [
      'an array of some',
      isArrayOf(isText),
      ['a', 5],
      "limit: option must hold only members of which each must be a non-empty string, got [ 'a', 5 ]",
    ],
  ])('that has to be %s says so, with its name and value', (_name, one, value, message) => {
    expect(() => check(one, value)).toThrow(
      new OptionError('limit', 'option', '', value).constructor as never,
    );
    expect(() => check(one, value)).toThrow(message);
  });

  it.each<[Check, unknown]>([
    [isFunction, () => {}],
    [isBoolean, false],
    [isObject, {}],
    [isText, 'x'],
    [isInteger(0), 0],
    [isInteger(1, 128), 128],
    [isOneOf('a', false), false],
    [isEither(isInteger(0), isFunction), () => {}],
    [isEither(isInteger(0), isFunction), 5],
    [isArrayOf(isText), []],
  ])('that is as it has to be passes, and so does one left undefined', (one, value) => {
    expect(() => check(one, value)).not.toThrow();
    expect(() => check(one, undefined)).not.toThrow();
  });

  it('that is not known is named, with those that are', () => {
    const known = { limit: isInteger(1), key: isFunction };
    expect(() => checkOptions('rateLimit', { limmit: 5 }, known)).toThrow(
      'rateLimit: limmit is not an option (options: limit, key), got 5',
    );
    expect(() => checkOptions('rateLimit', { toString: 5 }, known)).toThrow(/toString is not an option/);
  });

  it.each([null, 5, 'x', [], undefined])('is looked for in an object, not in %p', (options) => {
    expect(() => checkOptions('rateLimit', options as object, {})).toThrow(
      /rateLimit: options must be an object/,
    );
  });

  it('that is wrong is an error with a code, an owner and a name; its message stays short', () => {
    const error = new OptionError('rateLimit', 'key', 'must be short', 'x'.repeat(10_000));
    expect(error).toMatchObject({
      name: 'OptionError',
      code: 'ERR_OPTION',
      owner: 'rateLimit',
      option: 'key',
    });
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message.length).toBeLessThan(200);
  });
});
