const { connect } = require('node:net');
const { Readable } = require('node:stream');
const { bodyOf } = require('./client');

/** The same by HTTP/1.0, which knows no chunks: a body ends with its length or with the connection (RFC 1945, 7.2.2). */
async function exchangeByHttp10(port, { method = 'GET', fields }, _agent, progress) {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(port, '127.0.0.1');
  socket.write(`${method} / HTTP/1.0\r\n${lines.join('')}\r\n`);
  try {
    const received = await socket.toArray();
    return await take(Buffer.concat(received), method, progress);
  } catch (error) {
    return { fields: [], failure: `no answer: ${error.code ?? error.message}` };
  } finally {
    socket.destroy();
  }
}

async function take(received, method, progress) {
  const end = received.indexOf('\r\n\r\n');
  const [statusLine, ...lines] = received.toString('latin1', 0, end).split('\r\n');
  const fields = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const head = { status: Number(statusLine.split(' ')[1]), fields };
  const rest = Readable.from([received.subarray(end + 4)]);
  return { ...head, ...(await bodyOf(rest, { method, ...head }, progress)), trailers: {} };
}

module.exports = { exchangeByHttp10 };
