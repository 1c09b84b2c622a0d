import { setImmediate } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import { MemoryStore, type Quota } from '@spillway/rate-limit';

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

const quota: Quota = { name: 'test', algorithm: 'sliding-window', limit: 5, windowMs: 60_000, burst: 5 };

/** Bytes that a store holds once it was used. */
async function bytesHeld(store: MemoryStore, use: (consume: (key: string) => void) => void): Promise<number> {
  const held = async () => {
    collectGarbage();
    await setImmediate(); // array buffers are freed a moment later
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = await held();
  use((key) => store.consume([quota], [key], 1));
  const bytes = (await held()) - before;
  // Keeps the store, so that its memory is still there above.
  expect(store.size).toBeGreaterThan(0);
  return bytes;
}

/** A string of its own, as long as the rest of a header field. */
const flat = (text: string, length: number): string =>
  Buffer.from(text.padEnd(length, 'x'), 'latin1').toString('latin1');

it('a hundred thousand keys take at most 64 bytes each', async () => {
  const keys = Array.from({ length: 100_000 }, (_, i) => flat(`${i}`, 12));
  const bytes = await bytesHeld(new MemoryStore(), (consume) => keys.forEach(consume));
  expect(bytes / keys.length).toBeLessThan(64);
});

it('a million keys, ten thousand at a time, leave no more memory than ten thousand', async () => {
  const bytes = await bytesHeld(new MemoryStore({ maxKeys: 10_000 }), (consume) => {
    for (let i = 0; i < 1_000_000; i++) consume(`key ${i}`);
  });
  expect(bytes / 10_000).toBeLessThan(300);
});

it('a key that is part of a long header field does not keep the field', async () => {
  const bytes = await bytesHeld(new MemoryStore(), (consume) => {
    for (let i = 0; i < 1_000; i++) consume(flat(`key of a client ${i}`, 16_000).slice(0, 40));
  });
  expect(bytes / 1_000).toBeLessThan(1_000);
});
