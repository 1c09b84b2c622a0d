import { getRandomValues } from 'node:crypto';

/**
 * What a key is known by in memory: 64 bits of HalfSipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; in this
 * form the hash of Linux's tables) of its UTF-16 code units as little-endian bytes. It is keyed by a secret, so nobody can choose
 * a key that is taken for another one; that two of 100,000 are by chance has a probability of 3 in 10^10.
 */
export class Fingerprint {
  /** The other half of what `of` has returned last: a pair would cost as much as the rest. */
  high = 0;
  readonly #secret: Int32Array;

  /** @param secret two words. @default random ones */
  constructor(secret = getRandomValues(new Int32Array(2))) {
    this.#secret = secret;
  }

  /** @returns the low half, a signed 32-bit integer. */
  of(key: string): number {
    let v0 = this.#secret[0]!;
    let v1 = this.#secret[1]!;
    let v2 = v0 ^ 0x6c796765;
    let v3 = v1 ^ 0x74656462;
    v1 ^= 0xee;
    let word = 0;
    let low = 0;
    // A round for each word of two code units, the last of which has the length; then three for each half of the result.
    const words = (key.length >> 1) + 1;
    for (let round = 0; round < words + 6; round++) {
      if (round < words) {
        v0 ^= word;
        word = wordAt(key, 2 * round);
        v3 ^= word;
      } else if (round === words) {
        v0 ^= word;
        v2 ^= 0xee;
      } else if (round === words + 3) {
        low = v1 ^ v3;
        v1 ^= 0xdd;
      }
      v0 = (v0 + v1) | 0;
      v1 = rotate(v1, 5) ^ v0;
      v0 = rotate(v0, 16);
      v2 = (v2 + v3) | 0;
      v3 = rotate(v3, 8) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = rotate(v3, 7) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = rotate(v1, 13) ^ v2;
      v2 = rotate(v2, 16);
    }
    this.high = v1 ^ v3;
    return low;
  }
}

function wordAt(key: string, at: number): number {
  const { length } = key;
  if (at + 1 < length) return key.charCodeAt(at) | (key.charCodeAt(at + 1) << 16);
  return (length << 25) | (at < length ? key.charCodeAt(at) : 0);
}

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));
