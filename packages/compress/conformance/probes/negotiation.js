const { accepting, page, plainly } = require('../answers');
const { coded, codedByNone, uncoded, varies } = require('../checks');

const section = 'RFC 9110, 12.5.3';
const answer = page();

const probe = (claim, codings, ...checks) => ({
  section,
  claim,
  request: accepting(codings),
  answer,
  checks,
});

module.exports = [
  probe('gzip is sent to who accepts gzip', 'gzip', coded('gzip')),
  probe('br is sent to who accepts br', 'br', coded('br')),
  {
    ...probe('deflate is sent to who accepts deflate, in the zlib format', 'deflate', coded('deflate')),
    section: 'RFC 9110, 8.4.1.2',
  },
  { ...probe('zstd is sent to who accepts zstd', 'zstd', coded('zstd')), offering: 'zstd' },
  probe('zstd alone gets zstd or no coding', 'zstd', codedByNone('gzip', 'br', 'deflate')),
  probe('a browser gets a coded body', 'gzip, deflate, br, zstd', coded(), varies),
  // No MUST: a recipient SHOULD take it for gzip.
  { ...probe('x-gzip means gzip', 'x-gzip', coded('gzip', 'x-gzip')), section: 'RFC 9110, 8.4.1.3' },
  { ...probe('GZIP means gzip', 'GZIP', coded('gzip')), section: 'RFC 9110, 8.4.1' },
  { ...probe('Br means br', 'Br', coded('br')), section: 'RFC 9110, 8.4.1' },
  // Stricter than a MUST: any coding is acceptable then, but plain clients can't decode.
  { ...probe('without Accept-Encoding nothing is coded', '', uncoded), request: plainly() },
  probe('an empty Accept-Encoding wants no coding', '', uncoded),
  probe('identity alone gets no coding', 'identity', uncoded),
  probe('codings that nobody knows get no coding', 'exi, pack200-gzip, foo', uncoded),
  probe('* gets a body that decodes', '*'),
  probe('*, without br, gets another coding or none', 'br;q=0, *', codedByNone('br')),
  probe('* refused, gzip wanted: gzip', 'gzip, *;q=0', coded('gzip')),
  // Not by a MUST: without any coding, or a 406.
  { ...probe('*;q=0 is no failure of the server', '*;q=0', uncoded), status: [200, 406] },
  { ...probe('identity;q=0 is no failure of the server', 'identity;q=0', uncoded), status: [200, 406] },
  {
    ...probe('identity;q=0 with an unknown coding is no failure', 'identity;q=0, foo', uncoded),
    status: [200, 406],
  },
  probe('identity refused, gzip wanted: gzip', 'identity;q=0, gzip', coded('gzip')),
  probe('identity refused, br wanted: br', 'br, identity;q=0', coded('br')),
  {
    ...probe('two lines of Accept-Encoding are one list', ['br;q=0', 'gzip'], coded('gzip')),
    section: 'RFC 9110, 5.3',
  },
  { ...probe('empty members are ignored', ', ,gzip,,', coded('gzip')), section: 'RFC 9110, 5.6.1.2' },
];
