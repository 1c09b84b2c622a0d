const { accepting, answer } = require('../answers');
const { TEXT, whole } = require('../bodies');
const { coded, kept, uncoded } = require('../checks');

// No RFC says what is to be coded. Users want what becomes much smaller coded, and what is coded already, or may be, not.
const ofType = (type, check) => ({
  section: 'RFC 9110, 8.3',
  claim: `${type} is ${check === uncoded ? 'left alone' : 'coded'}`,
  request: accepting('gzip'),
  answer: answer(whole(Buffer.from(TEXT)), { 'Content-Type': type }),
  checks: [check, kept('Content-Type')],
});

const CODED = [
  'text/html; charset=utf-8',
  'TEXT/HTML; Charset="utf-8"',
  'text/css',
  'text/javascript',
  'application/json',
  'application/problem+json',
  'application/vnd.api+json; charset=utf-8',
  'application/x-ndjson',
  'image/svg+xml',
  'application/xml',
];

const LEFT_ALONE = [
  'image/png',
  'image/jpeg',
  'video/mp4',
  'audio/mpeg',
  'application/zip',
  'application/gzip',
  'application/octet-stream',
  'application/grpc',
  'application/grpc+proto',
  'font/woff2',
];

module.exports = [
  ...CODED.map((type) => ofType(type, coded())),
  ...LEFT_ALONE.map((type) => ofType(type, uncoded)),
];
