const { pipeline } = require('node:stream');
const zlib = require('node:zlib');

const HAS_ZSTD = 'createZstdDecompress' in zlib;

const DECODERS = {
  gzip: zlib.createGunzip,
  'x-gzip': zlib.createGunzip,
  deflate: zlib.createInflate, // the zlib format alone (RFC 9110, 8.4.1.2)
  br: zlib.createBrotliDecompress,
  ...(HAS_ZSTD && { zstd: zlib.createZstdDecompress }),
};

/** @returns the codings of a Content-Encoding, in lower case; `identity` is none. */
const codingsOf = (field = '') =>
  field
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');

/**
 * Decodes a body while it arrives, the coding applied last first; codings that nobody here knows stay.
 * @param see is told of each decoded chunk.
 */
async function decode(stream, codings, see) {
  const known = codings.filter((coding) => coding in DECODERS).reverse();
  const chunks = [];
  const collect = (chunk) => {
    chunks.push(chunk);
    see(chunk.length);
  };
  const last = known.reduce((from, coding) => pipeline(from, DECODERS[coding](), () => {}), stream);
  last.on('data', collect);
  await new Promise((resolve, reject) => last.once('end', resolve).once('error', reject));
  return Buffer.concat(chunks);
}

module.exports = { codingsOf, decode, HAS_ZSTD };
