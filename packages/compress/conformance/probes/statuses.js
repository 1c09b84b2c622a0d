const { accepting, answer, page } = require('../answers');
const { ended, live, NOTHING, TEXT, textOf, whole, writes } = require('../bodies');
const { coded, kept, uncoded, without } = require('../checks');

const request = accepting('gzip');

const empty = (status, section) => ({
  section,
  claim: `a ${status} has no body and no coding`,
  request,
  answer: answer(NOTHING, {}, status),
  checks: [uncoded, without('Transfer-Encoding')],
});

const codedError = (status) => ({
  section: 'RFC 9110, 8.4',
  claim: `a body of a ${status} is coded as any other`,
  request,
  answer: page({}, status),
  checks: [coded()],
});

const failing = Object.assign(new Error('on purpose'), { expose: true });

module.exports = [
  empty(204, 'RFC 9110, 15.3.5'),
  {
    section: 'RFC 9110, 15.3.6',
    claim: 'a 205 has no body and no coding',
    request,
    answer: answer(NOTHING, {}, 205),
    checks: [uncoded],
  },
  empty(304, 'RFC 9110, 15.4.5'),
  ...[201, 400, 401, 404, 422, 500, 503].map(codedError),
  {
    section: 'RFC 9110, 15.6.1',
    claim: 'what a handler throws becomes a 500 with a body that decodes',
    request,
    answer: { ...page(), thrown: failing },
    status: 500,
  },
  {
    section: 'RFC 9110, 15.6.1',
    claim: 'what a handler throws becomes a 500 where no coding is acceptable, too',
    request: accepting('identity;q=0'),
    answer: { ...page(), thrown: failing },
    status: [500, 406],
  },
  {
    section: 'RFC 9112, 8',
    claim: 'a body that is cut off does not look complete',
    request,
    answer: answer({ ...writes(textOf(100_000)), cutOff: true }),
    endsEarly: true,
  },
  {
    section: 'RFC 9112, 8',
    claim: 'an event stream that is cut off does not look complete',
    request,
    answer: answer(
      { ...live(['data: 1\n\n']), cutOff: true },
      { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-transform' },
    ),
    endsEarly: true,
  },
  {
    section: 'RFC 9110, 15.4.3',
    claim: 'a redirect keeps its Location and its body',
    request,
    answer: page({ Location: '/there' }, 302),
    checks: [kept('Location')],
  },
  {
    section: 'RFC 9110, 15.3.2',
    claim: 'a POST gets its body coded, and its Location',
    request: { method: 'POST', ...request },
    answer: page({ Location: '/things/1' }, 201),
    checks: [coded(), kept('Location')],
  },
  {
    section: 'RFC 9110, 9.3.7',
    claim: 'OPTIONS gets its 204 and its Allow',
    request: { method: 'OPTIONS', ...request },
    answer: answer(NOTHING, { Allow: 'GET, HEAD' }, 204),
    checks: [uncoded, kept('Allow')],
  },
  {
    section: 'RFC 9110, 8.4',
    claim: "a body of an error that is given to node's end is coded",
    on: ['express', 'node'],
    request,
    answer: answer(ended(TEXT), {}, 412),
    checks: [coded()],
  },
  {
    section: 'RFC 9110, 15.3.1',
    claim: 'a 200 whose body is empty has none',
    request,
    answer: answer(whole('')),
    checks: [uncoded],
  },
];
