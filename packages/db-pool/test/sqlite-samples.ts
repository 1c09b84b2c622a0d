import type { Sample } from '@spillway/db-pool/testing';

export const samples: readonly Sample[] = [
  { value: null },
  { value: undefined, comes: null },
  { value: '' },
  { value: "it's $1, \u00e4 and \u{1f600}" },
  { value: 0 },
  { value: -1.5 },
  { value: 2 ** 31 },
  { value: Number.MAX_SAFE_INTEGER },
  { value: true, comes: 1 },
  { value: false, comes: 0 },
  { value: 7n, comes: 7 },
  { value: new Date(1e12), comes: '2001-09-09T01:46:40.000Z' },
  { value: Buffer.from([0, 1, 255]) },
  { value: Buffer.alloc(0) },
  { value: new Uint16Array([258]), comes: Buffer.from([2, 1]) },
  { value: { a: [1] }, comes: '{"a":[1]}' },
  { value: [1, 'b'], comes: '[1,"b"]' },
  { text: 'select 9223372036854775807 + $1 as v', value: 0, comes: 9223372036854775807n },
  { text: 'select -9007199254740991 - $1 as v', value: 0, comes: -9007199254740991 },
];
