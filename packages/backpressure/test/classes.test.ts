import { Classes } from '../dist/classes';
import type { Gate } from '../dist/gate';
import { DEFAULT } from '../dist/level';
import { gateOf, now, TestVisit } from './visits';

function classesOf(max: number) {
  const made: (string | undefined)[] = [];
  const classes = new Classes((key) => {
    made.push(key);
    return gateOf(5).gate;
  }, max);
  const enter = (gate: Gate) => {
    const visit = new TestVisit(DEFAULT, now());
    gate.enter(visit, now());
    return visit;
  };
  const keys = () => classes.entries().map(([key]) => key);
  return { made, classes, enter, keys };
}

it('each class has a gate of its own, made once; what has none shares one', () => {
  const { made, classes } = classesOf(10);
  expect(classes.of('a')).toBe(classes.of('a'));
  expect(classes.of('b')).not.toBe(classes.of('a'));
  expect(classes.of(undefined)).toBe(classes.of(undefined));
  expect(made).toEqual([undefined, 'a', 'b']);
});

it('a class of an empty name is a class', () => {
  const { classes } = classesOf(10);
  expect(classes.of('')).not.toBe(classes.of(undefined));
});

it('beyond the bound the oldest that nobody is in is forgotten', () => {
  const { classes, enter, keys } = classesOf(3);
  enter(classes.of('a'));
  classes.of('b');
  classes.of('c');
  classes.of('d');
  expect(keys()).toEqual([undefined, 'a', 'c', 'd']);
});

it('where somebody is in all of them, a further class shares the common gate', () => {
  const { classes, enter, keys } = classesOf(2);
  const visit = enter(classes.of('a'));
  enter(classes.of('b'));
  expect(classes.of('c')).toBe(classes.of(undefined));
  expect(keys()).toEqual([undefined, 'a', 'b']);
  classes.of('a').leave(visit, now());
  expect(classes.of('c')).not.toBe(classes.of(undefined));
  expect(keys()).toEqual([undefined, 'b', 'c']);
});

it('a class is not forgotten while one of its requests runs on without a slot', () => {
  const { classes, enter } = classesOf(1);
  const gate = classes.of('upload');
  const visit = enter(gate);
  gate.release(visit, now());
  classes.of('other');
  gate.retake(visit, now());
  expect(classes.of('upload').running).toBe(1);
});

it('a hundred thousand classes leave no more than the bound', () => {
  const { classes, enter, keys } = classesOf(100);
  for (let i = 0; i < 100_000; i++) {
    const gate = classes.of(`hostile ${i}`);
    if (i % 2 === 0 && gate.running < 5) enter(gate);
  }
  expect(keys().length).toBeLessThanOrEqual(101);
});
