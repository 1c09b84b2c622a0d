const { once } = require('node:events');
const net = require('node:net');

/** Opens so many connections, and then sends one request on each at once. @returns each one's status and milliseconds. */
async function crowd(port, count, path) {
  const sockets = await Promise.all(Array.from({ length: count }, () => connected(port)));
  const request = `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const answers = await Promise.all(sockets.map((socket) => answered(socket, request)));
  for (const socket of sockets) socket.destroy();
  return answers;
}

async function connected(port) {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** The status is 0 where the connection ends before an answer. */
function answered(socket, request) {
  const sinceMs = performance.now();
  return new Promise((resolve) => {
    const end = (status) => resolve({ status, tookMs: performance.now() - sinceMs });
    socket.once('data', (head) => end(Number(head.toString('latin1', 9, 12))));
    socket.once('error', () => end(0));
    socket.once('close', () => end(0));
    socket.write(request);
  });
}

module.exports = { crowd };
