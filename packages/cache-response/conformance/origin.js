const { load } = require('./suite');

const HANDLERS = ['config', 'state', 'test'];

/** The suite's own origin as a listener of node:http: what stands behind a cache. */
async function originOf(suite) {
  const handlers = new Map();
  for (const name of HANDLERS) handlers.set(name, (await load(suite, name)).default);
  return (req, res) => {
    const [, name, ...segments] = new URL(req.url, 'http://localhost').pathname.split('/');
    const handle = handlers.get(name);
    if (handle) return handle(segments, req, res);
    res.statusCode = 404;
    res.end();
  };
}

module.exports = { originOf };
