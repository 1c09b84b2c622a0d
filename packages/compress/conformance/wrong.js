const { gzipSync } = require('node:zlib');
const { stack } = require('@spillway/core/http');
const { compress } = require('@spillway/compress/http');

// Middleware for node:http, each wrong in one way: what the checks themselves are checked by.

const nothing = (_req, _res, next) => next();

/** Codes all there is, whoever asks, and tells nobody but the decoder. */
function careless(_req, res, next) {
  const { end } = res;
  const chunks = [];
  const take = (chunk, encoding) => chunks.push(Buffer.from(chunk ?? '', encoding));
  res.write = (chunk, encoding) => take(chunk, encoding) > 0;
  res.end = (chunk, encoding) => {
    take(chunk, encoding);
    res.setHeader('Content-Encoding', 'gzip');
    res.removeHeader('Content-Length');
    return end.call(res, gzipSync(Buffer.concat(chunks)));
  };
  next();
}

const right = () => stack([compress()], { trustProxy: false });

/** Right but for a last change to each head. */
function lying(change) {
  const middleware = right();
  return (req, res, next) => {
    const { writeHead } = res;
    res.writeHead = function (...args) {
      change(res, req);
      return writeHead.call(this, res.statusCode, ...args.slice(1));
    };
    middleware(req, res, next);
  };
}

const setting = (fields) => lying((res) => setAll(res, fields));

function setAll(res, fields) {
  for (const [name, value] of Object.entries(fields)) res.setHeader(name, value);
}

/** Right but for some methods that the application calls. */
function patching(methodsOf) {
  const middleware = right();
  return (req, res, next) => middleware(req, res, () => next(Object.assign(res, methodsOf(res))));
}

/** Forgets the callbacks that are handed to node. */
const deaf = patching(({ write, end }) => ({
  write(chunk, encoding) {
    return write.call(this, chunk, encoding);
  },
  end() {
    return end.call(this);
  },
}));

module.exports = { careless, deaf, lying, nothing, patching, setting };
