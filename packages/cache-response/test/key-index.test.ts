import fc from 'fast-check';
import { KeyIndex } from '../dist/store/key-index';

describe('an index of keys', () => {
  it('has the keys that a label was put on, each once, and no label without one', () => {
    const step = fc.record({
      adds: fc.boolean(),
      label: fc.constantFrom('a', 'b', '__proto__'),
      key: fc.constantFrom('1', '2', '3', 'a'),
    });
    const mostKeys = { seen: 0 };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const index = new KeyIndex();
        const pairs = new Set<string>();
        for (const { adds, label, key } of steps) {
          if (adds) index.add(label, key);
          else index.remove(label, key);
          const pair = `${label} ${key}`;
          if (adds) pairs.add(pair);
          else pairs.delete(pair);

          const labels = new Set([...pairs].map((each) => each.split(' ')[0]!));
          expect(index.size).toBe(labels.size);
          for (const each of ['a', 'b', '__proto__', 'c']) {
            const keys = [...pairs]
              .filter((one) => one.startsWith(`${each} `))
              .map((one) => one.split(' ')[1]!);
            expect([...index.keys(each)].sort()).toEqual(keys.sort());
            mostKeys.seen = Math.max(mostKeys.seen, keys.length);
          }
        }
      }),
      { numRuns: 100 },
    );
    expect(mostKeys.seen).toBe(4);
  });

  it('may be changed while its keys are looked through', () => {
    const index = new KeyIndex();
    for (const key of ['1', '2', '3']) index.add('a', key);
    const seen: string[] = [];
    for (const key of index.keys('a')) {
      index.remove('a', key);
      index.add('a', `${key}!`);
      seen.push(key);
    }
    expect(seen).toEqual(['1', '2', '3']);
    expect(index.keys('a')).toHaveLength(3);
  });
});
