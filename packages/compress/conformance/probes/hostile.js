const { accepting, page } = require('../answers');
const { coded, codedByNone, within } = require('../checks');

// No RFC says how fast, but a request of 64 kB is what any client can send. What takes squared time takes seconds.
const LIMIT_MS = 1_000;
const BYTES = 64_000;

const answer = page();

const probe = (claim, codings, ...checks) => ({
  section: 'RFC 9110, 12.5.3',
  claim,
  request: accepting(codings),
  answer,
  status: [200, 400, 406],
  checks,
});

const long = (what, field) => probe(`64 kB of ${what} are answered in time`, field, within(LIMIT_MS));
const filled = (unit) => unit.repeat(BYTES / unit.length);

module.exports = [
  probe('a weight that is no number harms nobody', 'gzip;q=much, br;q=0', codedByNone('br')),
  probe('a weight above 1 harms nobody', 'gzip;q=12, br;q=0', codedByNone('br')),
  probe('a negative weight harms nobody', 'gzip;q=-1, br;q=0', codedByNone('br')),
  probe('a weight without a value harms nobody', 'gzip;q=, br;q=0', codedByNone('br')),
  probe('semicolons alone harm nobody', ';;;, =;=, ;q=1'),
  probe('what is no token harms nobody', '"gzip", (br), gz ip, é'),
  probe('a malformed member leaves the others as they are', 'br;q=0, foo;q=x;y, gzip', coded('gzip')),
  probe(
    'names of inherited properties are unknown codings',
    '__proto__, constructor, toString',
    codedByNone('gzip', 'br'),
  ),
  long('members', `${filled('gzip;q=0.5,')}gzip`),
  long('different members', Array.from({ length: 10_500 }, (_, i) => `c${i}`).join(',')),
  long('commas', filled(',')),
  long('spaces in a member', `gzip${filled(' ')};q=1`),
  long('tabs before what is no token', `a${filled('\t')}b`),
  long('semicolons', `gzip${filled(';')}`),
  long('digits in a weight', `gzip;q=0.${filled('0')}`),
  long('one name', filled('a')),
];
