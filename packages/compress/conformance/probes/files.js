const { accepting } = require('../answers');
const { file } = require('../bodies');
const { coded, kept, saysNothingElse, uncoded, varies } = require('../checks');
const { fieldOf } = require('../client');

const FILE = file(require.resolve('../checks.js'));
const PART_BYTES = 2_000;

const whole = { status: 200, fields: {}, body: FILE };
const part = {
  status: 206,
  fields: { 'Content-Range': `bytes 0-${PART_BYTES - 1}/${FILE.bytes.length}` },
  body: { ...FILE, bytes: FILE.bytes.subarray(0, PART_BYTES) },
};

const request = accepting('gzip');
const askedForPart = accepting('gzip', { Range: `bytes=0-${PART_BYTES - 1}` });
const askedAgain = (first) => accepting('gzip', { 'If-None-Match': fieldOf(first, 'ETag') });

const probe = (section, claim, more) => ({
  section,
  claim,
  on: ['express'],
  request,
  answer: whole,
  ...more,
});

// `res.sendFile` looks at ranges and conditions itself.
module.exports = [
  probe('RFC 9110, 8.4', 'a file is coded', { checks: [coded(), varies] }),
  probe('RFC 9110, 13.1.2', 'who sends back the ETag of a coded file gets a 304', {
    checks: [coded()],
    after: { request: askedAgain, status: 304, checks: [uncoded] },
  }),
  probe('RFC 9110, 15.3.7', 'a part of a file is not coded', {
    request: askedForPart,
    answer: part,
    checks: [uncoded, kept('Content-Range')],
  }),
  probe('RFC 9110, 9.3.2', 'a HEAD of a file says nothing else than its GET', {
    after: { request: () => ({ method: 'HEAD', ...request }), checks: [saysNothingElse] },
  }),
];
