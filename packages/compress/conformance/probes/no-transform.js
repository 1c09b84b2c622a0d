const { accepting, answer, page } = require('../answers');
const { TEXT, writes } = require('../bodies');
const { coded, kept, uncoded } = require('../checks');

const section = 'RFC 9111, 5.2.2.6';
const request = accepting('gzip');

const forbidden = (claim, field) => ({
  section,
  claim,
  request,
  answer: page({ 'Cache-Control': field, ETag: '"v1"' }),
  checks: [uncoded, kept('Cache-Control', 'ETag')],
});

const allowed = (claim, field) => ({
  section: 'RFC 9111, 5.2.2',
  claim,
  request,
  answer: page({ 'Cache-Control': field }),
  checks: [coded(), kept('Cache-Control')],
});

module.exports = [
  forbidden('no-transform forbids coding', 'no-transform'),
  forbidden('No-Transform forbids coding', 'No-Transform'),
  forbidden('no-transform forbids coding as the last of several', 'public, max-age=60, no-transform'),
  forbidden('no-transform forbids coding as the first of several', 'no-transform,public'),
  forbidden('no-transform forbids coding amid others without spaces', 'public,no-transform,max-age=60'),
  forbidden(
    'no-transform forbids coding amid others with many spaces',
    'public ,\t no-transform , max-age=60',
  ),
  forbidden('no-transform forbids coding behind a quoted list', 'private="set-cookie, x-id", no-transform'),
  forbidden('no-transform forbids coding from a second line of Cache-Control', ['public', 'no-transform']),
  {
    section,
    claim: 'no-transform forbids to code a stream',
    request,
    answer: answer(writes(TEXT, TEXT), { 'Cache-Control': 'no-transform', ETag: '"v1"' }),
    checks: [uncoded, kept('Cache-Control', 'ETag')],
  },
  {
    section,
    claim: 'no-transform forbids coding for who refuses the body uncoded, too',
    request: accepting('gzip, identity;q=0'),
    answer: page({ 'Cache-Control': 'no-transform' }),
    status: [200, 406],
    checks: [uncoded],
  },
  allowed('other members of Cache-Control forbid nothing', 'public, max-age=60, must-revalidate'),
  allowed('private and no-store forbid nothing', 'private, no-store'),
];
