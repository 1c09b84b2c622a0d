import fc from 'fast-check';
import { ZstdFrames } from '../dist/zstd-frames';

const [RAW, RLE, COMPRESSED] = [0, 1, 2] as const;

const littleEndian = (value: number, bytes: number): Buffer => {
  const field = Buffer.alloc(bytes);
  field.writeUIntLE(value, 0, bytes);
  return field;
};

const skippable = fc
  .tuple(fc.nat(15), fc.uint8Array())
  .map(([low, content]) =>
    Buffer.concat([littleEndian(0x184d2a50 + low, 4), littleEndian(content.length, 4), content]),
  );

const block = fc.tuple(fc.constantFrom(RAW, RLE, COMPRESSED), fc.nat(300), fc.nat(255));

/** A frame that is right in its structure (RFC 8878, 3.1.1); what its blocks say doesn't matter. */
const frame = fc
  .record({
    sizeFlag: fc.nat(3),
    isSingle: fc.boolean(),
    checksum: fc.boolean(),
    dictionaryFlag: fc.nat(3),
    blocks: fc.array(block, { minLength: 1, maxLength: 5 }),
  })
  .map(({ sizeFlag, isSingle, checksum, dictionaryFlag, blocks }) => {
    const descriptor = (sizeFlag << 6) | (Number(isSingle) << 5) | (Number(checksum) << 2) | dictionaryFlag;
    const sizeBytes = sizeFlag === 0 ? Number(isSingle) : 2 ** sizeFlag;
    const dictionaryBytes = dictionaryFlag === 3 ? 4 : dictionaryFlag;
    return Buffer.concat([
      littleEndian(0xfd2fb528, 4),
      Buffer.of(descriptor),
      Buffer.alloc(Number(!isSingle) + sizeBytes + dictionaryBytes, 0xfd),
      ...blocks.map(([type, size, fill], i) =>
        Buffer.concat([
          littleEndian((size << 3) | (type << 1) | Number(i === blocks.length - 1), 3),
          Buffer.alloc(type === RLE ? 1 : size, fill),
        ]),
      ),
      Buffer.alloc(checksum ? 4 : 0, 0x28),
    ]);
  });

const frames = fc.array(fc.oneof(frame, skippable), { minLength: 1, maxLength: 5 });
const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 9 });

const endsOf = (parts: readonly Buffer[]): number[] => {
  let end = 0;
  return parts.map((part) => {
    end += part.length;
    return end;
  });
};

describe('the frames of a zstd body', () => {
  it('end where pieces end, in whatever chunks they come, and there alone the body is whole', () => {
    fc.assert(
      fc.property(frames, fractions, (made, cuts) => {
        const body = Buffer.concat(made);
        const ends = endsOf(made);
        const walked = new ZstdFrames();
        const pieces: Buffer[] = [];
        const at = cuts.map((fraction) => Math.floor(fraction * body.length)).sort((a, b) => a - b);
        for (const [i, to] of [...at, body.length].entries()) {
          pieces.push(...walked.split(body.subarray(at[i - 1] ?? 0, to)));
          expect(walked.isWhole).toBe(to === 0 || ends.includes(to));
        }
        expect(Buffer.concat(pieces).equals(body)).toBe(true);
        expect(endsOf(pieces)).toEqual(expect.arrayContaining(ends));
        expect(pieces.length).toBeLessThanOrEqual(made.length + at.length);
      }),
      { numRuns: 500 },
    );
  });

  it('never end where one begins with no magic number', () => {
    const walked = new ZstdFrames();
    expect(walked.split(Buffer.alloc(5000))).toEqual([Buffer.alloc(5000)]);
    expect(walked.isWhole).toBe(false);
  });

  it('may be a thousand short ones, and more where they are long enough', () => {
    const many = (count: number, bytes: number) => {
      const walked = new ZstdFrames();
      const one = Buffer.concat([littleEndian(0x184d2a50, 4), littleEndian(bytes, 4), Buffer.alloc(bytes)]);
      for (let i = 0; i < count; i++) walked.split(one);
      return walked.isShattered;
    };
    expect([many(1000, 0), many(1001, 0), many(3000, 247), many(3000, 248)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
