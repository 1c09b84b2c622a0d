const { brotliCompressSync, gzipSync } = require('node:zlib');
const { accepting, answer } = require('../answers');
const { TEXT, whole, writes } = require('../bodies');
const { codedByApplicationAlone, kept, uncoded } = require('../checks');

const section = 'RFC 9110, 8.4';
const GZIPPED = gzipSync(TEXT);
const OPAQUE = Buffer.from(TEXT);

const probe = (claim, field, body, plain, codings = 'gzip, br') => ({
  section,
  claim,
  request: accepting(codings),
  answer: { ...answer(body, { 'Content-Encoding': field, ETag: '"v1"' }), plain: Buffer.from(plain) },
  checks: [codedByApplicationAlone, kept('ETag')],
});

module.exports = [
  probe('gzip of the application is not coded again', 'gzip', whole(GZIPPED), TEXT),
  probe('br of the application is not coded again', 'br', whole(brotliCompressSync(TEXT)), TEXT),
  probe(
    'a stream of gzip is not coded again',
    'gzip',
    writes(GZIPPED.subarray(0, 900), GZIPPED.subarray(900)),
    TEXT,
  ),
  probe('GZIP of the application is not coded again', 'GZIP', whole(GZIPPED), TEXT),
  probe(
    'two codings of the application are left alone',
    'gzip, br',
    whole(brotliCompressSync(GZIPPED)),
    TEXT,
  ),
  probe('a coding that nobody here knows is left alone', 'aes128gcm', whole(OPAQUE), OPAQUE),
  probe(
    'gzip of the application is left alone also where the client refuses it',
    'gzip',
    whole(GZIPPED),
    TEXT,
    'br, gzip;q=0',
  ),
  {
    section,
    claim: 'identity is no coding: the body arrives, coded or not',
    request: accepting('gzip'),
    answer: answer(whole(TEXT), { 'Content-Encoding': 'identity' }),
  },
  {
    section,
    claim: 'identity stays or goes for who wants no coding',
    request: accepting('identity'),
    answer: answer(whole(TEXT), { 'Content-Encoding': 'identity' }),
    checks: [uncoded],
  },
];
