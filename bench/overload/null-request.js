const http = require('node:http');
const { Writable } = require('node:stream');

/** A connection into nowhere. */
class NullSocket extends Writable {
  remoteAddress = '192.0.2.1';
  _write(_chunk, _encoding, done) {
    done();
  }
}

/** Sends one request with neither kernel nor parser, up to the response's `close`, which a server emits once it is finished. */
function request(listener, url) {
  const socket = new NullSocket();
  const req = Object.assign(new http.IncomingMessage(socket), {
    method: 'GET',
    url,
    headers: { host: 'localhost' },
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    httpVersion: '1.1',
    complete: true,
  });
  const res = new http.ServerResponse(req);
  res.assignSocket(socket);
  return new Promise((resolve, reject) => {
    res.once('finish', () => {
      res.detachSocket(socket);
      process.nextTick(() => res.emit('close'));
    });
    res.once('close', () =>
      res.statusCode === 200 ? resolve() : reject(new Error(`a contestant answered ${res.statusCode}`)),
    );
    listener(req, res);
  });
}

module.exports = { request };
