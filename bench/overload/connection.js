const net = require('node:net');

const HEAD_END = '\r\n\r\n';

/** The bytes of a request. `headers` are lines by name. */
function requestOf({ method = 'GET', path, headers = {} }) {
  const lines = Object.entries({ Host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}${HEAD_END}`;
}

/**
 * One connection to a server that speaks HTTP/1.1, one request at a time. It reads of an answer what a measurement needs, so that
 * thousands a second leave its process time to be punctual.
 */
class Connection {
  #socket;
  #head = '';
  #bodyBytesLeft = -1;
  #answer;
  #settle;

  /** @param onClosed called once, whoever closed it. */
  constructor(port, onClosed = () => {}) {
    this.open = true;
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', () => {}); // 'close' follows
    this.#socket.on('close', () => {
      this.open = false;
      onClosed(this);
      this.#finish(undefined);
    });
  }

  /** @param settle called once: `{ status, retryAfterS }`, or undefined where the connection was closed before. */
  send(request, settle) {
    this.#settle = settle;
    this.#socket.write(request, 'latin1');
  }

  /** More of a request's body. */
  write(piece) {
    this.#socket.write(piece, 'latin1');
  }

  onceConnected(listener) {
    this.#socket.once('connect', listener);
  }

  /** Closes it as a client that leaves does. An answer under way is undefined then. */
  leave() {
    this.open = false;
    this.#socket.destroy();
  }

  #read(chunk) {
    if (this.#bodyBytesLeft < 0) this.#readHead(chunk);
    else this.#bodyBytesLeft -= chunk.length;
    if (this.#bodyBytesLeft !== 0) return;
    this.#bodyBytesLeft = -1;
    this.#finish(this.#answer);
  }

  #readHead(chunk) {
    const text = this.#head + chunk.latin1Slice();
    const end = text.indexOf(HEAD_END);
    this.#head = end < 0 ? text : '';
    if (end < 0) return;
    const head = text.slice(0, end + 2);
    this.#answer = { status: Number(head.slice(9, 12)), retryAfterS: fieldOf(head, RETRY_AFTER) };
    if (CONNECTION_CLOSE.test(head)) this.open = false;
    this.#bodyBytesLeft = bodyBytesOf(head, this.#answer.status) - (text.length - end - HEAD_END.length);
  }

  #finish(answer) {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(answer);
  }
}

const RETRY_AFTER = /\r\nretry-after: *(\d+)\r/i;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)\r/i;
const CONNECTION_CLOSE = /\r\nconnection: *close\r/i;

const fieldOf = (head, pattern) => {
  const found = pattern.exec(head);
  return found ? Number(found[1]) : undefined;
};

function bodyBytesOf(head, status) {
  if (status === 204 || status === 304) return 0;
  const bytes = fieldOf(head, CONTENT_LENGTH);
  if (bytes === undefined) throw new Error(`an answer without Content-Length: ${head}`);
  return bytes;
}

module.exports = { Connection, requestOf };
