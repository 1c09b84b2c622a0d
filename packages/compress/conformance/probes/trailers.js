const { accepting, answer } = require('../answers');
const { ended, largePieces, TEXT, writes } = require('../bodies');
const { coded, trailer, uncoded } = require('../checks');

const probe = (claim, codings, body, check, more) => ({
  section: 'RFC 9110, 6.5',
  claim,
  request: accepting(codings, { TE: 'trailers' }),
  answer: answer({ ...body, trailers: { 'X-Checksum': 'abc' } }, { Trailer: 'X-Checksum' }),
  checks: [check, trailer('X-Checksum', 'abc')],
  ...more,
});

// A trailer may be dropped on the way (6.5.1), but nobody who announces one expects that of his own server.
module.exports = [
  probe('trailers follow a coded stream', 'gzip', writes(TEXT, TEXT), coded()),
  probe('trailers follow a large coded stream', 'br', writes(...largePieces()), coded()),
  probe('trailers follow a coded body that was given whole', 'gzip', ended(TEXT), coded(), {
    on: ['express', 'node'],
  }),
  probe('trailers follow an uncoded stream', 'identity', writes(TEXT, TEXT), uncoded),
];
