const { accepting, answer, page } = require('../answers');
const { json, NOISE, TEXT, whole, writes } = require('../bodies');
const { coded, saysNothingElse } = require('../checks');

const TAG = { ETag: '"v1"' };

const probe = (what, said, more) => ({
  section: 'RFC 9110, 9.3.2',
  claim: `a HEAD of ${what} says nothing else than its GET`,
  request: accepting('gzip'),
  answer: said,
  after: { request: () => ({ method: 'HEAD', ...accepting('gzip') }), checks: [saysNothingElse] },
  ...more,
});

// It may say less: what only the body could tell. Another length is forbidden (8.6); that the rest is as in the GET is a
// SHOULD.
module.exports = [
  probe('a whole body', page(TAG), { checks: [coded()] }),
  probe('a stream', answer(writes(TEXT), TAG)),
  probe('a stream with a length', answer(writes(TEXT), { 'Content-Length': TEXT.length })),
  probe('JSON', answer(json([TEXT]), { 'Content-Type': 'application/json; charset=utf-8', ...TAG })),
  probe('an image', answer(whole(Buffer.from(TEXT)), { 'Content-Type': 'image/png', ...TAG })),
  probe('a small body', answer(whole('small'), TAG)),
  probe('what no coding makes smaller', answer(whole(NOISE), TAG)),
  probe('what must not be transformed', page({ 'Cache-Control': 'no-transform', ...TAG })),
  probe('an error', page(TAG, 404)),
];
