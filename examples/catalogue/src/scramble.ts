const { imul } = Math;

/** Spreads neighbouring numbers over 32 bits, the same way every time (the finalizer of MurmurHash3, in the public domain). */
export function scramble(value: number): number {
  let bits = value;
  bits = imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
