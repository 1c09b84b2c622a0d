const { accepting, answer, page, plainly } = require('../answers');
const { NOTHING, TEXT, whole, writes } = require('../bodies');
const { coded, kept, sameAsBefore, sameTagWeakly, uncoded, varies, without } = require('../checks');
const { fieldOf } = require('../client');

const STRONG = { ETag: '"v1"' };
const MODIFIED = { 'Last-Modified': 'Tue, 15 Nov 1994 12:45:26 GMT' };
const WEAK = { ETag: 'W/"v1"' };

const tagOf = (response) => fieldOf(response, 'ETag') ?? '"none"';
const ifNoneMatch = (tags) => accepting('gzip', { 'If-None-Match': tags });
const askedAgain = (first) => ifNoneMatch(tagOf(first));
const put = (tag) => ({ method: 'PUT', ...accepting('gzip', { 'If-Match': tag }) });

/** An application that looks at If-None-Match. */
const conditional = (body, fields) => ({ ...answer(body, fields), conditional: true });

/** An application that changes a thing only as its client knows it (RFC 9110, 13.1.1). */
const guarded = ({ 'if-match': tag }) => (tag === STRONG.ETag ? page(STRONG) : page({}, 412));

const again = (section, claim, said, check, request = askedAgain) => ({
  section,
  claim,
  request: accepting('gzip'),
  answer: said,
  checks: [coded()],
  after: { request, status: 304, checks: [check] },
});

const once = (section, claim, request, said, ...checks) => ({
  section,
  claim,
  request,
  answer: said,
  checks,
});

const MATCH = 'RFC 9110, 13.1.1';
const NONE_MATCH = 'RFC 9110, 13.1.2';
const NOT_MODIFIED = 'RFC 9110, 15.4.5';

module.exports = [
  ...[
    ['strong', STRONG],
    ['weak', WEAK],
  ].flatMap(([kind, fields]) => {
    const said = conditional(whole(TEXT), fields);
    return [
      again(NONE_MATCH, `who sends back the ETag of a coded body gets a 304 (${kind})`, said, uncoded),
      again(NOT_MODIFIED, `a 304 has the ETag that its 200 had (${kind})`, said, sameAsBefore('ETag')),
    ];
  }),
  again(
    NONE_MATCH,
    'who sends a list of ETags, that of a coded body amid them, gets a 304',
    conditional(whole(TEXT), STRONG),
    uncoded,
    (first) => ifNoneMatch(`"v0", ${tagOf(first)}, "v2"`),
  ),
  again(
    NONE_MATCH,
    'who sends back the ETag of a coded stream gets a 304',
    conditional(writes(TEXT, TEXT), STRONG),
    uncoded,
  ),
  again(NOT_MODIFIED, 'a 304 varies as its 200 does', conditional(whole(TEXT), STRONG), varies),
  again(
    NOT_MODIFIED,
    'a 304 by its date varies as its 200 does',
    conditional(whole(TEXT), MODIFIED),
    varies,
    () => accepting('gzip', { 'If-Modified-Since': MODIFIED['Last-Modified'] }),
  ),
  // Whether its 200 would have been coded, nobody knows; weakly it is the same tag.
  again(
    NOT_MODIFIED,
    'who asks for another coding than before gets a 304 with that ETag',
    conditional(whole(TEXT), STRONG),
    sameTagWeakly,
    (first) => plainly({ 'If-None-Match': tagOf(first) }),
  ),
  {
    ...once(
      NOT_MODIFIED,
      'a 304 is not coded',
      ifNoneMatch('"v1"'),
      conditional(whole(TEXT), STRONG),
      uncoded,
    ),
    status: 304,
  },
  once(
    NOT_MODIFIED,
    'a 304 that the application says by itself is left alone',
    accepting('gzip'),
    answer(NOTHING, STRONG, 304),
    uncoded,
    kept('ETag'),
    without('Transfer-Encoding'),
  ),
  once(
    NONE_MATCH,
    'another ETag gets the body',
    ifNoneMatch('"v0"'),
    conditional(whole(TEXT), STRONG),
    coded(),
  ),
  once(MATCH, "If-Match with the application's own ETag passes", put('"v1"'), guarded, coded()),
  once(MATCH, 'If-Match with another ETag gets its 412, with its body', put('"v0"'), guarded, coded()),
];
