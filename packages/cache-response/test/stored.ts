import type { Stored } from '../dist/policy/stored';

/** A stored 200 of now that is fresh for a minute, but for what a test is about. */
export const storedOf = (changes: Partial<Stored> = {}): Stored => ({
  status: 200,
  headers: {},
  body: Buffer.alloc(0),
  selecting: [],
  tags: [],
  receivedMs: 0,
  initialAgeMs: 0,
  lifetimeMs: 60_000,
  by: 'fields',
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  use: { mustValidate: false, stale: true, authorized: false, public: false, immutable: false },
  ...changes,
});
