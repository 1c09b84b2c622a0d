import fc from 'fast-check';
import { Journal } from '../dist/store/journal';
import type { Invalidation } from '../dist/store/store';
import { anInvalidation, isMeant, KEYS, TAGS } from './invalidations';

describe('a response that is on its way', () => {
  it('is outdated where what it is was invalidated since it was asked for, and nowhere else', () => {
    const step = fc.oneof(
      { arbitrary: fc.constant({ does: 'begin' as const }), weight: 2 },
      { arbitrary: fc.record({ does: fc.constant('finish' as const), which: fc.nat(5) }), weight: 1 },
      { arbitrary: fc.record({ does: fc.constant('record' as const), what: anInvalidation }), weight: 2 },
    );
    const steps = fc.array(step, { maxLength: 30, size: 'max' });
    const tags = fc.subarray(TAGS);
    const seen = { true: 0, false: 0 };
    fc.assert(
      fc.property(steps, fc.constantFrom(...KEYS), tags, (steps, key, tags) => {
        const journal = new Journal();
        const all: Invalidation[] = [];
        let underWay: { readonly since: number; readonly from: number }[] = [];
        for (const each of steps) {
          if (each.does === 'begin') underWay.push({ since: journal.begin(), from: all.length });
          if (each.does === 'record') {
            journal.record(each.what);
            all.push(each.what);
          }
          if (each.does === 'finish' && underWay.length > 0) {
            const which = each.which % underWay.length;
            journal.finish();
            underWay = underWay.toSpliced(which, 1);
          }
          for (const { since, from } of underWay) {
            const expected = all.slice(from).some((what) => isMeant(what, key, tags));
            seen[`${expected}`]++;
            expect(journal.isOutdated(since, key, tags)).toBe(expected);
          }
        }
      }),
      { numRuns: 500 },
    );
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(5_000);
  });

  it('is outdated where more was invalidated meanwhile than is remembered: nobody can tell', () => {
    const journal = new Journal();
    const first = journal.begin();
    journal.record({ tags: ['other'] });
    const second = journal.begin();
    for (let i = 1; i < 1_000; i++) journal.record({ tags: ['other'] });
    const isOutdated = (since: number) => journal.isOutdated(since, KEYS[0]!, ['a']);
    expect([isOutdated(first), isOutdated(second)]).toEqual([false, false]);
    journal.record({ tags: ['a'] });
    const third = journal.begin();
    expect([isOutdated(first), isOutdated(second), isOutdated(third)]).toEqual([true, true, false]);
    expect([first, second].map((since) => journal.isOutdated(since, KEYS[0]!, ['b']))).toEqual([true, false]);
    journal.record({ urls: ['/none'] });
    expect([first, second, third].map((since) => journal.isOutdated(since, KEYS[0]!, ['b']))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('is told right by what was said then, whatever becomes of the object that said it', () => {
    const journal = new Journal();
    const since = journal.begin();
    const tags = ['a'];
    journal.record({ tags });
    tags.pop();
    expect(journal.isOutdated(since, KEYS[0]!, ['a'])).toBe(true);
  });
});
