/** All of them: a claim and its source, a request, what the application answers, and checks on what arrives. */
const PROBES = [
  require('./negotiation'),
  require('./weights'),
  require('./hostile'),
  require('./varying'),
  require('./validators'),
  require('./conditions'),
  require('./ranges'),
  require('./digests'),
  require('./statuses'),
  require('./framing'),
  require('./heads'),
  require('./trailers'),
  require('./http10'),
  require('./payloads'),
  require('./files'),
  require('./types'),
  require('./live'),
  require('./writers'),
  require('./no-transform'),
  require('./coded-already'),
].flat();

module.exports = { PROBES };
