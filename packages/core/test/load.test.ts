import { load } from '@spillway/core';

afterEach(() => {
  for (const source of ['a', 'b']) load.report(source, 0, '');
});

describe('the load of the process', () => {
  it('is 0 without sources, and says so', () => {
    expect(load.level()).toBe(0);
    expect(load.current()).toEqual({ level: 0, reason: expect.any(String) });
  });

  it('is that of the busiest source, with its reason', () => {
    load.report('a', 0.4, 'queue');
    load.report('b', 0.9, 'event loop');
    expect(load.level()).toBe(0.9);
    expect(load.current()).toEqual({ level: 0.9, reason: 'event loop' });
  });

  it('follows the last word of each source, and forgets one that is idle', () => {
    load.report('a', 1, 'full');
    load.report('b', 0.5, 'half');
    load.report('a', 0.2, 'better');
    expect(load.level()).toBe(0.5);
    load.report('b', 0, 'idle');
    expect(load.current()).toEqual({ level: 0.2, reason: 'better' });
  });

  it('is one for two copies of the package', () => {
    let second: typeof load | undefined;
    jest.isolateModules(() => {
      second = require('@spillway/core').load;
    });
    expect(second).not.toBe(load);
    second!.report('a', 0.7, 'other copy');
    expect(load.level()).toBe(0.7);
  });

  it.each([-0.1, 1.1, Number.NaN, Number.POSITIVE_INFINITY, '0.5', undefined])(
    'refuses a level of %p',
    (level) => {
      expect(() => load.report('a', level as number, 'x')).toThrow(RangeError);
      expect(load.level()).toBe(0);
    },
  );
});
