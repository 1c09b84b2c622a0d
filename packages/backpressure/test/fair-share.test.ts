import { FairShare } from '../dist/fair-share';

/** A client's requests, all of which run. */
function run(share: FairShare, client: string, times: number, nowMs: number): void {
  for (let i = 0; i < times; i++) {
    share.isGreedy(client, nowMs);
    share.count(client);
  }
}

it('one who is alone is never greedy', () => {
  const share = new FairShare();
  run(share, 'a', 1_000, 0);
  expect(share.isGreedy('a', 1)).toBe(false);
});

it('one who had more than an equal share is greedy, the others are not', () => {
  const share = new FairShare();
  run(share, 'a', 10, 0);
  run(share, 'b', 9, 0);
  run(share, 'c', 9, 0);
  expect(['a', 'b', 'c'].map((client) => share.isGreedy(client, 1))).toEqual([true, false, false]);
});

it('one who comes for the first time is not greedy, and makes the shares smaller', () => {
  const share = new FairShare();
  run(share, 'a', 10, 0);
  expect(share.isGreedy('a', 1)).toBe(false);
  expect(share.isGreedy('new', 1)).toBe(false);
  expect(share.isGreedy('a', 1)).toBe(true);
});

it('what was asked for and refused counts nothing', () => {
  const share = new FairShare();
  run(share, 'a', 2, 0);
  run(share, 'b', 1, 0);
  for (let i = 0; i < 1_000; i++) share.isGreedy('b', 0);
  expect(share.isGreedy('b', 0)).toBe(false);
});

it('what was had counts half a second later, and is forgotten after two', () => {
  const halved = new FairShare();
  run(halved, 'a', 8, 0);
  run(halved, 'b', 2, 0);
  run(halved, 'b', 2, 1_000);
  // a: 4, b: 1 + 2.
  expect(['a', 'b'].map((client) => halved.isGreedy(client, 1_000))).toEqual([true, false]);
  run(halved, 'b', 2, 1_000);
  expect(['a', 'b'].map((client) => halved.isGreedy(client, 1_000))).toEqual([false, true]);

  const forgotten = new FairShare();
  run(forgotten, 'a', 8, 0);
  run(forgotten, 'b', 1, 2_000);
  expect(forgotten.isGreedy('a', 2_000)).toBe(false);
});

it('an hour forward or back forgets, or halves', () => {
  for (const hour of [3_600_000, -3_600_000]) {
    const share = new FairShare();
    run(share, 'a', 1, 0);
    run(share, 'b', 1, 0);
    expect(share.isGreedy('a', hour)).toBe(false);
    run(share, 'b', 5, hour);
    expect(share.isGreedy('a', hour)).toBe(false);
    expect(share.isGreedy('b', hour)).toBe(true);
  }
});

it('of ten thousand clients in a second those beyond a thousand are not told apart, nor is anybody greedy for them', () => {
  const share = new FairShare();
  for (let i = 0; i < 10_000; i++) run(share, `client ${i}`, 1, 0);
  run(share, 'client 9999', 100, 0);
  expect(share.isGreedy('client 9999', 0)).toBe(false);
  run(share, 'client 0', 1, 0);
  expect([share.isGreedy('client 0', 0), share.isGreedy('client 1', 0)]).toEqual([true, false]);
  run(share, 'next', 1, 5_000);
  run(share, 'next', 1, 5_000);
  run(share, 'other', 1, 5_000);
  expect(share.isGreedy('next', 5_000)).toBe(true);
});
