const { createHash } = require('node:crypto');
const { accepting, page } = require('../answers');
const { TEXT } = require('../bodies');
const { coded, kept, trueDigests, uncoded, without } = require('../checks');

const digest = (algorithm) => createHash(algorithm).update(TEXT).digest('base64');

const SHA_256 = `sha-256=:${digest('sha256')}:`;
const MD5 = digest('md5');

const probe = (section, claim, fields, check) => ({
  section,
  claim,
  request: accepting('gzip'),
  answer: page(fields),
  checks: [coded(), check],
});

const DIGESTS = { 'Content-Digest': SHA_256, 'Repr-Digest': SHA_256, 'Content-MD5': MD5 };

module.exports = [
  probe(
    'RFC 9530, 2',
    'Content-Digest is true or gone',
    { 'Content-Digest': SHA_256 },
    trueDigests('Content-Digest'),
  ),
  // The representation's data has its content coding on.
  probe('RFC 9530, 3', 'Repr-Digest is true or gone', { 'Repr-Digest': SHA_256 }, trueDigests('Repr-Digest')),
  // Obsolete, and still sent.
  probe(
    'RFC 3230, 4.3.2',
    'Digest is true or gone',
    { Digest: `sha-256=${digest('sha256')}` },
    trueDigests('Digest'),
  ),
  probe('RFC 2616, 14.15', 'Content-MD5 is gone', { 'Content-MD5': MD5 }, without('Content-MD5')),
  // Stricter than a MUST: the parts that the application would send are parts of other bytes.
  probe(
    'RFC 9110, 14.3',
    'a coded body accepts no ranges',
    { 'Accept-Ranges': 'bytes' },
    without('Accept-Ranges'),
  ),
  {
    section: 'RFC 9530, 2',
    claim: 'an uncoded body keeps its digests and its ranges',
    request: accepting('identity'),
    answer: page({ ...DIGESTS, 'Accept-Ranges': 'bytes' }),
    checks: [uncoded, kept(...Object.keys(DIGESTS), 'Accept-Ranges')],
  },
  {
    section: 'RFC 9530, 3',
    claim: 'a HEAD says no digest that is untrue of the coded body',
    request: accepting('gzip'),
    answer: page(DIGESTS),
    checks: [coded()],
    after: {
      request: () => ({ method: 'HEAD', ...accepting('gzip') }),
      checks: [without(...Object.keys(DIGESTS))],
    },
  },
];
