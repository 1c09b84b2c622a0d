const { accepting, answer } = require('../answers');
const {
  ended,
  endingWith,
  json,
  LARGE,
  largePieces,
  NOISE,
  NOTHING,
  piped,
  TEXT,
  textOf,
  whole,
  writes,
} = require('../bodies');
const { coded, uncoded } = require('../checks');

const RAW = ['express', 'node'];
const ACCENTS = 'déjà vu, ça ira. '.repeat(300);
const EURO = Buffer.from('€ '.repeat(2_000));

const probe = (claim, body, checks = [coded()], more = {}) => ({
  section: 'RFC 9110, 8.4',
  claim,
  request: accepting('gzip'),
  answer: answer(body),
  checks,
  ...more,
});

// Whether something small is coded is anyone's choice; it has to arrive.
const arrives = (claim, body, more) => probe(claim, body, [], more);

module.exports = [
  probe('a string arrives', whole(TEXT)),
  probe('a Buffer arrives', whole(Buffer.from(TEXT))),
  probe('a stream arrives', piped(TEXT.slice(0, 3_000), TEXT.slice(3_000))),
  probe('several writes arrive in order', writes(TEXT, ' and ', TEXT, '.')),
  probe('a value arrives as JSON', json([TEXT, { é: EURO.length }])),
  probe('a Uint8Array arrives', writes(new Uint8Array(Buffer.from(TEXT)))),
  probe('text of several bytes a character arrives', whole(EURO.toString())),
  probe(
    'a character split between two writes arrives',
    writes(EURO.subarray(0, 3_001), EURO.subarray(3_001)),
  ),
  probe('a write in latin1 arrives', writes({ data: ACCENTS, encoding: 'latin1' })),
  probe(
    'a write in base64 arrives',
    writes({ data: Buffer.from(TEXT).toString('base64'), encoding: 'base64' }),
  ),
  probe('a write in hex arrives', writes({ data: Buffer.from(TEXT).toString('hex'), encoding: 'hex' })),
  probe('a write in utf16le arrives', writes({ data: TEXT, encoding: 'utf16le' })),
  probe('writes in several encodings arrive', writes({ data: ACCENTS, encoding: 'latin1' }, EURO, TEXT)),
  probe('a last piece that is given to end arrives', endingWith(TEXT, EURO)),
  probe('a last piece in latin1 arrives', endingWith(TEXT, { data: ACCENTS, encoding: 'latin1' })),
  probe('an end in latin1 arrives', ended(ACCENTS, 'latin1'), [coded()], { on: RAW }),
  probe('an end in base64 arrives', ended(Buffer.from(TEXT).toString('base64'), 'base64'), [coded()], {
    on: RAW,
  }),
  probe('an end with a Buffer arrives', ended(Buffer.from(TEXT)), [coded()], { on: RAW }),
  probe('a megabyte arrives whole', whole(LARGE)),
  probe('a megabyte arrives as a Buffer', whole(Buffer.from(LARGE))),
  probe('a megabyte arrives from a writer that waits for room', writes(...largePieces())),
  probe('a megabyte arrives from a stream', piped(...largePieces())),
  probe('a megabyte arrives by br', whole(LARGE), [coded('br')], { request: accepting('br') }),
  probe('a megabyte arrives by deflate', writes(...largePieces()), [coded('deflate')], {
    request: accepting('deflate'),
  }),
  probe('a megabyte arrives by zstd', writes(...largePieces()), [coded('zstd')], {
    request: accepting('zstd'),
    offering: 'zstd',
  }),
  probe('a megabyte arrives uncoded', writes(...largePieces()), [uncoded], {
    request: accepting('identity'),
  }),
  arrives('one byte arrives', whole('1')),
  arrives('one byte of a stream arrives', writes('1')),
  arrives('some bytes arrive', whole(textOf(200))),
  arrives('some bytes of a stream arrive', writes(textOf(100), textOf(100))),
  arrives('an empty write harms nobody', writes('', TEXT, '')),
  arrives('an empty stream is empty', writes()),
  arrives('no body is none', NOTHING),
  arrives('what coding would make longer arrives', whole(NOISE)),
  arrives('a stream that coding would make longer arrives', writes(NOISE, NOISE)),
  // The threshold that all of them document.
  probe('a body of less than 1 kB is left alone', whole(textOf(900)), [uncoded]),
  probe('a body of more than 1 kB is coded', whole(textOf(1_500))),
  // Not acceptable to this client (12.5.3), though servers may disregard that (12.1).
  probe('a small body is coded for who refuses it uncoded', whole(textOf(200)), [coded('gzip')], {
    section: 'RFC 9110, 12.5.3',
    request: accepting('gzip, identity;q=0'),
  }),
];
