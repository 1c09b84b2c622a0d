const { accepting, page } = require('../answers');
const { coded, codedByNone, uncoded } = require('../checks');

const answer = page();

const probe = (claim, codings, ...checks) => ({
  section: 'RFC 9110, 12.4.2',
  claim,
  request: accepting(codings),
  answer,
  checks,
});

// That the larger weight wins is what weights are for, and no MUST: servers may have reasons of their own. A weight of 0
// is "not acceptable".
module.exports = [
  probe('gzip;q=0 gets no gzip', 'gzip;q=0', uncoded),
  probe('q=0. and q=0.000 are 0', 'gzip;q=0., br;q=0.000, deflate;q=0.0', uncoded),
  probe('q=1. is more than q=0.999', 'br;q=0.999, gzip;q=1., deflate;q=0.99', coded('gzip')),
  probe('gzip refused, br wanted: br', 'gzip;q=0, br', coded('br')),
  probe('one decimal is enough to tell', 'br;q=0.4, gzip;q=0.5', coded('gzip')),
  probe('the order of members says nothing', 'gzip;q=0.4, br;q=0.5', coded('br')),
  probe('two decimals are told apart', 'br;q=0.25, gzip;q=0.26', coded('gzip')),
  probe('three decimals are told apart', 'gzip;q=0.001, br;q=0.002', coded('br')),
  probe('deflate is sent where it is wanted most', 'gzip;q=0.2, br;q=0.1, deflate', coded('deflate')),
  probe('white space around a weight says nothing', 'gzip ; q=0.8 ,\tbr ; q=0.9', coded('br')),
  probe('Q is q', 'gzip;Q=0.5, br;Q=0.6', coded('br')),
  probe('identity wanted more than gzip: no coding', 'identity, gzip;q=0.5', uncoded),
  probe('gzip wanted more than identity: gzip', 'identity;q=0.5, gzip;q=0.8', coded('gzip')),
  probe('* has a weight as well', 'gzip;q=0.1, *;q=0.9, br;q=0', codedByNone('gzip', 'br')),
  probe('what is named counts and not *', '*;q=0.9, br;q=0, gzip, deflate;q=0', coded('gzip')),
];
