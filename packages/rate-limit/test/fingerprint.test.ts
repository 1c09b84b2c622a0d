import fc from 'fast-check';
import { Fingerprint } from '../dist/fingerprint';

const SECRET = Buffer.from([0, 1, 2, 3, 4, 5, 6, 7]);

/** HalfSipHash-c-d as its paper says it, byte by byte. */
function halfSipHash(c: number, d: number, secret: Buffer, message: Buffer): Buffer {
  const [k0, k1] = [secret.readUInt32LE(0), secret.readUInt32LE(4)];
  const v = Uint32Array.of(k0, k1 ^ 0xee, k0 ^ 0x6c796765, k1 ^ 0x74656462);
  const add = (i: number, j: number) => {
    v[i] = v[i]! + v[j]!;
  };
  const turn = (i: number, bits: number, j: number) => {
    v[i] = ((v[i]! << bits) | (v[i]! >>> (32 - bits))) ^ (v[j] ?? 0);
  };
  const rounds = (count: number) => {
    for (let round = 0; round < count; round++) {
      add(0, 1);
      turn(1, 5, 0);
      turn(0, 16, -1);
      add(2, 3);
      turn(3, 8, 2);
      add(0, 3);
      turn(3, 7, 0);
      add(2, 1);
      turn(1, 13, 2);
      turn(2, 16, -1);
    }
  };
  const padded = Buffer.alloc(4 * (Math.floor(message.length / 4) + 1));
  message.copy(padded);
  padded[padded.length - 1] = message.length & 0xff;
  for (let at = 0; at < padded.length; at += 4) {
    const word = padded.readUInt32LE(at);
    v[3]! ^= word;
    rounds(c);
    v[0]! ^= word;
  }
  const result = Buffer.alloc(8);
  v[2]! ^= 0xee;
  rounds(d);
  result.writeUInt32LE((v[1]! ^ v[3]!) >>> 0, 0);
  v[1]! ^= 0xdd;
  rounds(d);
  result.writeUInt32LE((v[1]! ^ v[3]!) >>> 0, 4);
  return result;
}

it('the reference gives what the authors of HalfSipHash-2-4 publish', () => {
  const message = Buffer.from(Array.from({ length: 64 }, (_, i) => i));
  const of = (length: number) => halfSipHash(2, 4, SECRET, message.subarray(0, length)).toString('hex');
  expect([of(0), of(1), of(2), of(3), of(63)]).toEqual([
    '218d1f59b9b83cc8',
    'be552412f8387315',
    '064f39ef7c50eb57',
    'ce0f1a45f7060679',
    '2ea63c71bf326087',
  ]);
});

it('a key is known by the HalfSipHash-1-3 of its code units', () => {
  const fingerprint = new Fingerprint(new Int32Array(new Uint8Array(SECRET).buffer));
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (key) => {
      const expected = halfSipHash(1, 3, SECRET, Buffer.from(key, 'utf16le'));
      const low = fingerprint.of(key);
      expect([low, fingerprint.high]).toEqual([expected.readInt32LE(0), expected.readInt32LE(4)]);
    }),
    { numRuns: 1_000, examples: [[''], ['\u{d800}'], ['192.0.2.1'], ['x'.repeat(255)]] },
  );
});

it('each store knows keys by another secret', () => {
  const [one, other] = [new Fingerprint(), new Fingerprint()];
  expect([one.of('192.0.2.1'), one.high]).not.toEqual([other.of('192.0.2.1'), other.high]);
});
