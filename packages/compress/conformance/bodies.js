const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');

/** Deterministic text of many words, as compressible as prose. */
function textOf(bytes) {
  let seed = 1;
  const words = [];
  for (let length = 0; length < bytes; ) {
    seed = (seed * 48_271) % 2_147_483_647;
    const word = (seed % 5_000).toString(36);
    words.push(word);
    length += word.length + 1;
  }
  return words.join(' ').slice(0, bytes);
}

const TEXT = textOf(8_000);
const LARGE = textOf(1_000_000);

/** Bytes in which no coding finds anything to leave out. */
const NOISE = Buffer.concat(
  Array.from({ length: 64 }, (_, i) => createHash('sha256').update(String(i)).digest()),
);

const chunkOf = (chunk) => (typeof chunk === 'object' && 'data' in chunk ? chunk : { data: chunk });
const bytesOf = ({ data, encoding }) => Buffer.from(data, encoding);

function body(how, chunks, flags) {
  const played = chunks.map(chunkOf);
  return { how, chunks: played, bytes: Buffer.concat(played.map(bytesOf)), ...flags };
}

/** Given in the framework's own way: `res.send`, `ctx.body`, `res.end`. A string or a Buffer. */
const whole = (data) => body('whole', [data]);

/** Given as a value: `res.json`, `ctx.body`. */
const json = (value) => ({ ...body('json', [JSON.stringify(value)]), value });

/** A file, by Express's `res.sendFile`. */
const file = (path) => ({ ...body('file', [readFileSync(path)]), path });

/** Given to node's `res.end` alone. */
const ended = (data, encoding) => body('ended', [{ data, encoding }]);

/** Given by one `write` a chunk; on Koa to the stream that is `ctx.body`. A chunk is data or `{ data, encoding }`. */
const writes = (...chunks) => body('writes', chunks);

/** The same, the last chunk given to `end`. */
const endingWith = (...chunks) => body('writes', chunks, { endsWithLast: true });

/** A readable stream. */
const piped = (...chunks) =>
  body(
    'piped',
    chunks.map((chunk) => Buffer.from(chunk)),
  );

/** Each chunk is written once the client has the one before. `flush`: `res.flush()` after each. */
const live = (chunks, flags) => body('writes', chunks, { live: true, ...flags });

const NOTHING = body('nothing', []);

/** A large body in pieces of 16 kB, so that whoever writes has to wait for room. */
const largePieces = () => Array.from({ length: 63 }, (_, i) => LARGE.slice(i * 16_000, (i + 1) * 16_000));

module.exports = {
  ended,
  endingWith,
  file,
  json,
  LARGE,
  largePieces,
  live,
  NOISE,
  NOTHING,
  piped,
  TEXT,
  textOf,
  whole,
  writes,
};
