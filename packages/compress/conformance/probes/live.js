const { accepting, answer } = require('../answers');
const { live, TEXT, writes } = require('../bodies');
const { atOnce, coded, kept } = require('../checks');

const EVENTS = ['data: one\n\n', 'data: two\n\n', `data: ${TEXT}\n\n`, 'data: four\n\n'];
const EVENT_STREAM = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' };
const LINES = ['a first line\n', 'a second line\n', `${TEXT}\n`, 'a last line\n'];

const probe = (claim, request, body, fields, more = {}) => ({
  section: 'HTML, 9.2',
  claim,
  request,
  answer: answer(body, fields),
  checks: [atOnce],
  ...more,
});

// No MUST of HTTP, but what server-sent events are for: each reaches the client before the next one is written.
module.exports = [
  ...['gzip', 'br', 'deflate', 'zstd', 'identity'].map((coding) =>
    probe(`events arrive one by one (${coding})`, accepting(coding), live(EVENTS), EVENT_STREAM),
  ),
  probe('events arrive in a browser', accepting('gzip, deflate, br, zstd'), live(EVENTS), EVENT_STREAM),
  probe('events arrive where the type has a charset', accepting('gzip'), live(EVENTS), {
    'Content-Type': 'text/event-stream; charset=utf-8',
  }),
  probe('events that must not be transformed arrive', accepting('gzip'), live(EVENTS), {
    ...EVENT_STREAM,
    'Cache-Control': 'no-cache, no-transform',
  }),
  probe(
    'the head of an event stream arrives before its first event',
    accepting('br'),
    live(EVENTS, { flushHead: true }),
    {
      'Content-Type': 'text/event-stream',
    },
  ),
  // Nginx's word for a response that is not to be held back.
  probe(
    'X-Accel-Buffering: no is believed',
    accepting('gzip'),
    live(LINES),
    { 'X-Accel-Buffering': 'no' },
    { section: 'RFC 9110, 8.4', checks: [atOnce, kept('X-Accel-Buffering')] },
  ),
  // What Express users know from compression.
  ...['gzip', 'br', 'identity'].map((coding) =>
    probe(
      `res.flush() lets go what was written (${coding})`,
      accepting(coding),
      live(LINES, { flush: true }),
      {},
      {
        section: 'RFC 9110, 8.4',
        on: ['express', 'node'],
      },
    ),
  ),
  probe(
    'after flushHeaders the head arrives before the body is written',
    accepting('gzip'),
    {
      ...writes(TEXT, TEXT),
      flushHead: true,
    },
    {},
    { section: 'RFC 9110, 8.4' },
  ),
  probe(
    'a stream whose head was flushed is coded',
    accepting('br'),
    {
      ...writes(TEXT, TEXT),
      flushHead: true,
    },
    {},
    { section: 'RFC 9110, 8.4', on: ['express', 'node'], checks: [atOnce, coded('br')] },
  ),
];
