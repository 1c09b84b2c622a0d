import fc from 'fast-check';
import { type Link, LinkedList } from '../dist/linked-list';

interface Item extends Link<Item> {
  readonly id: number;
}

const idsOf = (list: LinkedList<Item>): readonly number[] => {
  const ids: number[] = [];
  for (let item = list.oldest; item; item = item.newer) ids.push(item.id);
  return ids;
};

const backwards = (list: LinkedList<Item>): readonly number[] => {
  const ids: number[] = [];
  for (let item = list.newest; item; item = item.older) ids.push(item.id);
  return ids;
};

it('a linked list is what an array is, both ways, whoever leaves and comes again', () => {
  // An even number adds one, an odd one takes one out, from anywhere.
  fc.assert(
    fc.property(fc.array(fc.nat(1_000)), (steps) => {
      const list = new LinkedList<Item>();
      const array: Item[] = [];
      let gone: Item | undefined;
      for (const [id, step] of steps.entries()) {
        if (step % 2 === 0) {
          const item = gone ?? { id, older: undefined, newer: undefined };
          gone = undefined;
          list.add(item);
          array.push(item);
        } else if (array.length > 0) {
          [gone] = array.splice(step % array.length, 1);
          list.remove(gone!);
          expect([gone!.older, gone!.newer]).toEqual([undefined, undefined]);
        }
        const ids = array.map((item) => item.id);
        expect(idsOf(list)).toEqual(ids);
        expect(backwards(list)).toEqual(ids.toReversed());
      }
    }),
  );
});
