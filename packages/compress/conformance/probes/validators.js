const { accepting, answer, page } = require('../answers');
const { TEXT, writes } = require('../bodies');
const { coded, hasOtherTag, kept, sharesNoStrongTag, uncoded } = require('../checks');

const STRONG = { ETag: '"v1"' };

const probe = (section, claim, said, ...checks) => ({
  section,
  claim,
  request: accepting('gzip'),
  answer: said,
  checks: [coded(), ...checks],
});

const apart = (claim, codings, check) => ({
  ...probe('RFC 9110, 8.8.3.3', claim, page(STRONG)),
  after: { request: () => accepting(codings), checks: [check, sharesNoStrongTag] },
});

module.exports = [
  probe(
    'RFC 9110, 8.8.1',
    'a coded body has not the strong ETag of the uncoded one',
    page(STRONG),
    hasOtherTag,
  ),
  probe(
    'RFC 9110, 8.8.1',
    'a coded stream has not the strong ETag of the uncoded one',
    answer(writes(TEXT, TEXT), STRONG),
    hasOtherTag,
  ),
  apart('gzip and br share no strong ETag', 'br', coded('br')),
  apart('gzip and no coding share no strong ETag', 'identity', uncoded),
  probe('RFC 9110, 8.8.3', 'a weak ETag stays as it is', page({ ETag: 'W/"v1"' }), kept('ETag')),
  {
    ...probe('RFC 9110, 8.8.3', 'the ETag of an uncoded body stays as it is', page(STRONG)),
    request: accepting('identity'),
    checks: [uncoded, kept('ETag')],
  },
  probe(
    'RFC 9110, 8.8.2',
    'Last-Modified stays',
    page({ 'Last-Modified': 'Tue, 15 Nov 1994 12:45:26 GMT' }),
    kept('Last-Modified'),
  ),
];
