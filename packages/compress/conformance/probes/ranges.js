const { accepting, answer, page } = require('../answers');
const { TEXT, whole, writes } = require('../bodies');
const { coded, kept, uncoded } = require('../checks');
const { fieldOf } = require('../client');

const TAG = { ETag: '"v1"' };
const PART = { ...TAG, 'Content-Range': 'bytes 0-7999/20000', 'Accept-Ranges': 'bytes' };

/** An application that sends parts (RFC 9110, 14.2), where If-Range lets it (13.1.5: a strong comparison). */
function ranged({ range, 'if-range': tag }) {
  const fields = { ...TAG, 'Accept-Ranges': 'bytes' };
  if (!range || (tag && tag !== TAG.ETag)) return page(fields);
  const part = whole(TEXT.slice(100, 2_100));
  return answer(part, { ...fields, 'Content-Range': `bytes 100-2099/${TEXT.length}` }, 206);
}

const askedForRest = (first) =>
  accepting('gzip', { Range: 'bytes=100-2099', 'If-Range': fieldOf(first, 'ETag') ?? '"none"' });

const probe = (section, claim, range, said, ...checks) => ({
  section,
  claim,
  request: accepting('gzip', { Range: range }),
  answer: said,
  checks,
});

module.exports = [
  probe(
    'RFC 9110, 15.3.7',
    'a part is not coded, and its range stays',
    'bytes=0-7999',
    page(PART, 206),
    uncoded,
    kept(...Object.keys(PART)),
  ),
  probe(
    'RFC 9110, 15.3.7',
    'a streamed part is not coded, and its range stays',
    'bytes=0-7999',
    answer(writes(TEXT.slice(0, 4_000), TEXT.slice(4_000)), PART, 206),
    uncoded,
    kept(...Object.keys(PART)),
  ),
  probe(
    'RFC 9110, 15.3.7.2',
    'several parts in one body are not coded',
    'bytes=0-99,200-299',
    answer(whole(Buffer.from(TEXT)), { 'Content-Type': 'multipart/byteranges; boundary=edge' }, 206),
    uncoded,
    kept('Content-Type'),
  ),
  probe(
    'RFC 9110, 15.5.17',
    'a 416 keeps its Content-Range',
    'bytes=90000-',
    page({ 'Content-Range': 'bytes */8000' }, 416),
    kept('Content-Range'),
  ),
  {
    section: 'RFC 9110, 13.1.5',
    claim: 'If-Range with the ETag of a coded body gets no part of the uncoded one',
    request: accepting('gzip'),
    answer: ranged,
    checks: [coded()],
    after: { request: askedForRest, status: 200, checks: [coded()] },
  },
  {
    section: 'RFC 9110, 13.1.5',
    claim: 'If-Range with the ETag of an uncoded body gets its part',
    request: accepting('identity'),
    answer: ranged,
    checks: [uncoded],
    after: { request: askedForRest, status: 206, checks: [uncoded, kept('Content-Range', 'ETag')] },
  },
];
