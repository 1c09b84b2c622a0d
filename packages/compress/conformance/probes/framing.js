const { accepting, answer, page, plainly } = require('../answers');
const { ended, TEXT, writes } = require('../bodies');
const { coded, kept, toldEarly, uncoded } = require('../checks');

const RAW = ['express', 'node'];
const LENGTH = 'RFC 9110, 8.6';
const CHUNKS = 'RFC 9112, 6.2';

const request = accepting('gzip');
const halves = writes(TEXT.slice(0, 4_000), TEXT.slice(4_000));
const length = { 'Content-Length': TEXT.length };
const chunked = { 'Transfer-Encoding': 'chunked' };

const probe = (section, claim, said, more) => ({
  section,
  claim,
  request,
  answer: said,
  checks: [coded()],
  ...more,
});

module.exports = [
  probe(LENGTH, 'the length that was set of a whole body does not outlive its coding', page(length)),
  probe(LENGTH, 'the length that was set of a stream does not outlive its coding', answer(halves, length)),
  probe(LENGTH, 'the length of an uncoded stream stays', answer(halves, length), {
    request: accepting('identity'),
    checks: [uncoded, kept('Content-Length')],
  }),
  probe(
    LENGTH,
    'the length given to writeHead does not outlive its coding',
    { ...answer(ended(TEXT), length), byWriteHead: true },
    { on: RAW, checks: [coded(), kept('Content-Type')] },
  ),
  probe(
    LENGTH,
    'the length given to writeHead before several writes does not outlive their coding',
    { ...answer(halves, length), byWriteHead: true },
    { on: RAW, checks: [coded(), kept('Content-Type')] },
  ),
  probe(CHUNKS, 'a whole body that is to be sent in chunks gets no length', answer(ended(TEXT), chunked), {
    on: RAW,
  }),
  probe(CHUNKS, 'a stream that is to be sent in chunks gets no length', answer(halves, chunked)),
  probe('RFC 9110, 5.3', 'several lines of Set-Cookie stay several', page({ 'Set-Cookie': ['a=1', 'b=2'] }), {
    checks: [coded(), kept('Set-Cookie')],
  }),
  probe('RFC 9112, 9.3', 'the connection goes on after a coded body', page(), {
    after: { request: () => request, checks: [coded()] },
  }),
  probe('RFC 9112, 9.3', 'the connection goes on after a coded stream', answer(halves), {
    after: { request: () => plainly(), checks: [uncoded] },
  }),
  probe(
    'RFC 9110, 15.2',
    'early hints arrive before a coded body',
    { ...page(), early: { link: '</a.css>; rel=preload; as=style' } },
    { checks: [coded(), toldEarly] },
  ),
];
