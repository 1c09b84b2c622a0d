import { markStable } from '@spillway/core';
import type { Codec } from '../dist/codec';
import { Coder } from '../dist/coder';
import { Gate } from '../dist/gate';

/** A codec that takes a nanosecond a byte, and whose work off the main thread is ended by hand. */
function slowCodec() {
  const running: (() => void)[] = [];
  const counts = { sync: 0, later: 0 };
  const codec: Codec = {
    coding: 'gzip',
    fastest: 1,
    usual: 6,
    slowest: 9,
    nsPerByte: () => 1,
    codeSync: (body) => {
      counts.sync++;
      return body.subarray(0, body.length / 2);
    },
    code: (body) => {
      counts.later++;
      return new Promise((resolve) => running.push(() => resolve(body.subarray(0, body.length / 2))));
    },
    stream: () => {
      throw new Error('no stream is asked for');
    },
  };
  return { codec, counts, running };
}

const present = () => false;

const coderOf = (options = {}) =>
  new Coder({ syncBudgetMs: 0.001, concurrency: 2, keptBytes: 1_000_000, sameBy: 'identity', ...options });

describe('a whole body', () => {
  it('is coded at once within the budget, else on another thread', async () => {
    const { codec, counts, running } = slowCodec();
    const coder = coderOf();
    expect(coder.code(codec, 6, Buffer.alloc(1_000), present)).toBeInstanceOf(Buffer);
    const later = coder.code(codec, 6, Buffer.alloc(1_001), present);
    expect(counts).toEqual({ sync: 1, later: 1 });
    running[0]!();
    expect(await later).toHaveLength(500);
  });

  it('waits while as many run as may, and is not coded where too many wait', async () => {
    const { codec, running } = slowCodec();
    const coder = coderOf();
    const all = Array.from({ length: 1_002 }, () => coder.code(codec, 6, Buffer.alloc(2_000), present));
    expect(running).toHaveLength(2);
    expect(coder.code(codec, 6, Buffer.alloc(2_000), present)).toBeUndefined();
    for (let done = 0; done < all.length; done++) {
      running[done]!();
      await all[done];
      await new Promise(setImmediate);
      expect(running.length - done - 1).toBeLessThanOrEqual(2);
    }
    expect(await Promise.all(all)).toHaveLength(1_002);
  });

  it('is not coded for who has left meanwhile, unless others wait for it', async () => {
    const { codec, counts, running } = slowCodec();
    const coder = coderOf({ concurrency: 1 });
    const first = coder.code(codec, 6, Buffer.alloc(2_000), present);
    const left = coder.code(codec, 6, Buffer.alloc(2_000), () => true);
    const shared = coder.code(codec, 6, markStable(Buffer.alloc(2_000)), () => true);
    running[0]!();
    expect([await first, await left]).toEqual([expect.any(Buffer), undefined]);
    await new Promise(setImmediate);
    running[1]!();
    expect(await shared).toBeInstanceOf(Buffer);
    expect(counts.later).toBe(2);
  });

  it('that is stable is coded once, whoever asks meanwhile', async () => {
    const { codec, counts, running } = slowCodec();
    const coder = coderOf();
    const body = markStable(Buffer.alloc(2_000));
    const asked = [coder.code(codec, 6, body, present), coder.code(codec, 6, body, present)];
    expect(counts.later).toBe(1);
    running[0]!();
    const [one, other] = await Promise.all(asked);
    expect(other).toBe(one);
    expect(coder.code(codec, 6, body, present)).toBe(one);
    coder.code(codec, 6, Buffer.from(body), present);
    expect(counts.later).toBe(2);
  });

  it('whose coding fails is coded anew for the next one', async () => {
    const { codec, counts } = slowCodec();
    const failing: Codec = {
      ...codec,
      code: () => {
        counts.later++;
        return Promise.reject(new Error('broken'));
      },
    };
    const coder = coderOf();
    const body = markStable(Buffer.alloc(2_000));
    await expect(coder.code(failing, 6, body, present)).rejects.toThrow('broken');
    await expect(coder.code(failing, 6, body, present)).rejects.toThrow('broken');
    expect(counts.later).toBe(2);
  });

  it('is kept within the budget, the least recently used goes first', () => {
    const { codec, counts } = slowCodec();
    const coder = coderOf({ keptBytes: 1_100, syncBudgetMs: 1 });
    const [a, b, c] = [0, 1, 2].map(() => markStable(Buffer.alloc(1_000))) as [Buffer, Buffer, Buffer];
    for (const body of [a, b, a, c, a]) coder.code(codec, 6, body, present);
    expect(counts.sync).toBe(3);
    coder.code(codec, 6, b, present);
    expect(counts.sync).toBe(4);
  });

  it('is known by its content on wish, but not across codecs', () => {
    const { codec, counts } = slowCodec();
    const coder = coderOf({ sameBy: 'content', syncBudgetMs: 1 });
    coder.code(codec, 6, Buffer.from('the same'), present);
    coder.code(codec, 6, Buffer.from('the same'), present);
    expect(counts.sync).toBe(1);
    coder.code({ ...codec }, 6, Buffer.from('the same'), present);
    expect(counts.sync).toBe(2);
  });
});

it('a gate gives a place on also where a task fails', async () => {
  const gate = new Gate(1);
  await expect(gate.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await gate.run(async () => 'in')).toBe('in');
});
