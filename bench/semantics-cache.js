const CachePolicy = require('http-cache-semantics');

/**
 * The cache that one writes on http-cache-semantics: a middleware for Express that keeps whole answers to GET. What has gone stale is
 * asked for anew.
 * @param store takes an entry by `set` and gives it by `get`.
 * @param maxAgeSeconds what the route says of its answers, where they don't say it themselves.
 */
exports.semanticsCache = (store, maxAgeSeconds) => {
  const cacheControl = `max-age=${maxAgeSeconds}`;
  return (req, res, next) => {
    if (req.method !== 'GET') return next();
    const key = `${req.headers.host}${req.originalUrl}`;
    const stored = store.get(key);
    if (stored?.policy.satisfiesWithoutRevalidation(req)) return send(res, stored);
    res.setHeader('Cache-Control', cacheControl);
    collect(res, (body) => keep(store, key, req, res, body));
    next();
  };
};

function send(res, { policy, status, body }) {
  res.writeHead(status, policy.responseHeaders());
  res.end(body);
}

function keep(store, key, req, res, body) {
  const policy = new CachePolicy(req, { status: res.statusCode, headers: res.getHeaders() });
  if (policy.storable()) store.set(key, { policy, status: res.statusCode, body });
}

/** Copies what the application sends. */
function collect(res, whole) {
  const { write, end } = res;
  const chunks = [];
  const take = (chunk, encoding) => {
    if (chunk && typeof chunk !== 'function') chunks.push(Buffer.from(chunk, encoding));
  };
  res.write = function (chunk, encoding, done) {
    take(chunk, encoding);
    return write.call(this, chunk, encoding, done);
  };
  res.end = function (chunk, encoding, done) {
    take(chunk, encoding);
    whole(Buffer.concat(chunks));
    return end.call(this, chunk, encoding, done);
  };
}
