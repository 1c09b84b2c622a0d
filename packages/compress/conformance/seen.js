const { careless, deaf, lying, nothing, patching, setting } = require('./wrong');

const strong = setting({ ETag: '"v1"' });
const failing = lying((res) => {
  res.statusCode = 500;
});
const forgetful = lying((res) => res.removeHeader('Vary'));
const chatty = lying((res, { method }) => method === 'HEAD' && res.setHeader('Content-Language', 'en'));
const ofEach304 = (tag) => lying((res) => res.statusCode === 304 && res.setHeader('ETag', tag));
const ofEachAnother = () => {
  let tags = 0;
  return lying((res) => res.setHeader('ETag', `"${tags++}"`));
};

/** What each check sees: the probe that fails, what it says, and the middleware that is wrong. */
const SEEN = [
  ['coded', 'gzip is sent to who accepts gzip', 'not coded', nothing],
  ['coded', 'br is sent to who accepts br', 'coded as gzip', careless],
  ['uncoded', 'gzip;q=0 gets no gzip', 'coded as gzip', careless],
  ['codedByNone', 'zstd alone gets zstd or no coding', 'coded as gzip', careless],
  [
    'codedByApplicationAlone',
    'a coding that nobody here knows is left alone',
    'Content-Encoding unknown',
    setting({ 'Content-Encoding': 'unknown' }),
  ],
  ['kept', 'several lines of Set-Cookie stay several', 'Set-Cookie: a=1', setting({ 'Set-Cookie': 'a=1' })],
  ['without', 'a coded body accepts no ranges', 'has Accept-Ranges', setting({ 'Accept-Ranges': 'bytes' })],
  ['varies', 'a coded body varies', 'Vary lacks Accept-Encoding', forgetful],
  [
    'variesBy',
    'what the application varies by stays',
    'Vary lacks origin',
    setting({ Vary: 'Accept-Encoding' }),
  ],
  [
    'variesBy',
    'Accept-Encoding is not named twice',
    'Vary: origin, accept-encoding, Accept-Encoding',
    setting({ Vary: 'origin, accept-encoding, Accept-Encoding' }),
  ],
  ['hasOtherTag', 'a coded body has not the strong ETag of the uncoded one', 'strong ETag "v1" kept', strong],
  ['sharesNoStrongTag', 'gzip and br share no strong ETag', 'strong ETag "v1" of both', strong],
  ['sameAsBefore', 'a 304 has the ETag that its 200 had (strong)', 'ETag: "v1"', ofEach304('"v1"')],
  [
    'sameTagWeakly',
    'who asks for another coding than before gets a 304 with that ETag',
    'ETag: "v2"',
    ofEach304('"v2"'),
  ],
  [
    'saysNothingElse',
    'a HEAD of a stream says nothing else than its GET',
    'Content-Language: en of HEAD alone',
    chatty,
  ],
  [
    'trueDigests',
    'Repr-Digest is true or gone',
    'untrue Repr-Digest',
    setting({ 'Repr-Digest': 'sha-256=:AAAA=:' }),
  ],
  [
    'toldEarly',
    'early hints arrive before a coded body',
    'no early hints',
    patching(() => ({ writeEarlyHints() {} })),
  ],
  [
    'trailer',
    'trailers follow a coded stream',
    'trailer X-Checksum lost',
    patching(() => ({ addTrailers() {} })),
  ],
  ['atOnce', 'events arrive one by one (gzip)', 'held back', careless],
  ['calledBack', 'the callbacks of coded writes are called', 'a callback not called', deaf],

  ['every', 'identity;q=0 is no failure of the server', 'status 500', failing],
  ['every', 'who sends back the ETag of a coded stream gets a 304', 'status 200', ofEachAnother()],
  [
    'every',
    'an empty Accept-Encoding wants no coding',
    'not decodable: incorrect header check',
    setting({ 'Content-Encoding': 'gzip' }),
  ],
  ['every', 'a coding that nobody here knows is left alone', 'other bytes', scrambling()],
  ['every', 'a 205 has no body and no coding', 'content of a 205', careless],
  [
    'every',
    'a client of HTTP/1.0 gets a whole body without chunks',
    'Content-Length 1 is untrue',
    setting({ 'Content-Length': 1 }),
  ],
  [
    'every',
    'a body that is cut off does not look complete',
    'looks complete',
    patching((res) => ({ destroy: () => res.end() })),
  ],
  ['every', 'a string arrives', 'no answer: ECONNRESET', patching((res) => ({ end: () => res.destroy() }))],
];

/** Swaps letters. */
function scrambling() {
  return patching(({ end }) => ({
    end(chunk, encoding) {
      return end.call(this, Buffer.from(chunk, encoding).reverse());
    },
  }));
}

module.exports = { SEEN };
