const { accepting, answer, page, plainly } = require('../answers');
const { largePieces, TEXT, writes } = require('../bodies');
const { coded, uncoded, without } = require('../checks');

const probe = (what, request, said, check) => ({
  section: 'RFC 9112, 6.1',
  claim: `a client of HTTP/1.0 gets ${what} without chunks`,
  http10: true,
  request,
  answer: said,
  checks: [without('Transfer-Encoding'), check],
});

module.exports = [
  probe('a whole body', accepting('gzip'), page(), coded()),
  probe('a stream', accepting('gzip'), answer(writes(TEXT, TEXT)), coded()),
  probe('a large stream', accepting('gzip'), answer(writes(...largePieces())), coded()),
  probe('an uncoded body', plainly(), page(), uncoded),
];
