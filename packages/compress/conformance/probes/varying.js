const { accepting, answer, page, plainly } = require('../answers');
const { NOTHING, TEXT, whole, writes } = require('../bodies');
const { coded, kept, uncoded, varies, variesBy } = require('../checks');

const section = 'RFC 9110, 12.5.5';
const request = accepting('gzip');

module.exports = [
  { section, claim: 'a coded body varies', request, answer: page(), checks: [coded(), varies] },
  {
    section,
    claim: 'a coded stream varies',
    request,
    answer: answer(writes(TEXT, TEXT)),
    checks: [coded(), varies],
  },
  // A SHOULD; without it a cache gives the uncoded body to everyone.
  {
    section,
    claim: 'an uncoded body that would be coded for others varies',
    request: accepting('identity'),
    answer: page(),
    checks: [uncoded, varies],
  },
  {
    section,
    claim: 'an uncoded body varies for who sends no Accept-Encoding as well',
    request: plainly(),
    answer: page(),
    checks: [uncoded, varies],
  },
  {
    section,
    claim: 'what the application varies by stays',
    request,
    answer: { ...page(), vary: 'Origin' },
    checks: [coded(), variesBy('origin', 'accept-encoding')],
  },
  {
    section,
    // Koa's `ctx.set` replaces what was there, so it counts who speaks last.
    claim: 'what the application varies by stays where it is set as a field',
    request,
    answer: page({ Vary: 'Origin, Cookie' }),
    checks: [coded(), variesBy('origin', 'cookie', 'accept-encoding')],
  },
  {
    section,
    claim: 'several lines of Vary stay',
    request,
    answer: page({ Vary: ['Origin', 'Cookie'] }),
    checks: [coded(), variesBy('origin', 'cookie', 'accept-encoding')],
  },
  {
    section,
    claim: 'Accept-Encoding is not named twice',
    request,
    answer: page({ Vary: 'accept-encoding, Origin' }),
    checks: [coded(), variesBy('origin', 'accept-encoding')],
  },
  { section, claim: 'Vary: * stays', request, answer: page({ Vary: '*' }), checks: [coded(), variesBy('*')] },
  {
    section,
    claim: 'an image does not lose its Vary',
    request,
    answer: answer(whole(Buffer.from(TEXT)), { 'Content-Type': 'image/png', Vary: 'Origin' }),
    checks: [uncoded, kept('Content-Type'), variesBy('origin')],
  },
  {
    section,
    claim: 'a redirect without a body keeps its Vary',
    request,
    answer: answer(NOTHING, { Location: '/there', Vary: 'Cookie' }, 302),
    checks: [uncoded, kept('Location'), variesBy('cookie')],
  },
];
