const http = require('node:http');
const { Duplex } = require('node:stream');

/** A connection into nowhere. */
class NullSocket extends Duplex {
  constructor(remoteAddress) {
    super();
    this.remoteAddress = remoteAddress;
  }
  _read() {}
  _write(_chunk, _encoding, done) {
    done();
  }
}

const CLIENTS = 250;
const sockets = Array.from({ length: CLIENTS }, (_, client) => new NullSocket(`192.0.2.${client}`));
let client = 0;

/** Sends requests of 250 clients by turns, with neither kernel nor parser: what is left is the listener and node's response. */
async function serve(listener, requests) {
  for (let sent = 0; sent < requests; sent++) {
    client = (client + 1) % CLIENTS;
    const status = await serveOne(listener, sockets[client]);
    if (status !== 200) throw new Error(`a contestant answered ${status}`);
  }
}

function serveOne(listener, socket) {
  return new Promise((done) => {
    const req = Object.assign(new http.IncomingMessage(socket), {
      method: 'GET',
      url: '/',
      headers: { host: 'localhost' },
      httpVersionMajor: 1,
      httpVersionMinor: 1,
      httpVersion: '1.1',
      complete: true,
    });
    const res = new http.ServerResponse(req);
    res.assignSocket(socket);
    res.once('finish', () => {
      res.detachSocket(socket);
      // As a server does once a response is finished: who holds something for it waits for that.
      process.nextTick(() => {
        res.emit('close');
        done(res.statusCode);
      });
    });
    listener(req, res);
  });
}

module.exports = { serve };
