const { once } = require('node:events');
const net = require('node:net');

/** Connections opened at a time: more than a server's queue holds would be tried again a second later. */
const BATCH = 100;

/**
 * Asks for one URL on many connections at once.
 * @returns milliseconds until all have their answer.
 * @throws where one of them got none, or less than `bytes`.
 */
exports.stampede = async (port, url, clients, bytes) => {
  const sockets = [];
  while (sockets.length < clients) {
    const batch = Array.from({ length: Math.min(BATCH, clients - sockets.length) }, () =>
      net.connect(port, '127.0.0.1'),
    );
    await Promise.all(batch.map((socket) => once(socket, 'connect')));
    sockets.push(...batch);
  }
  const request = `GET ${url} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`;
  const begun = performance.now();
  const answers = sockets.map((socket) => answerOn(socket, bytes));
  for (const socket of sockets) socket.write(request);
  await Promise.all(answers);
  return performance.now() - begun;
};

async function answerOn(socket, bytes) {
  let status;
  let received = 0;
  socket.on('data', (chunk) => {
    status ??= chunk.toString('latin1', 9, 12);
    received += chunk.length;
  });
  await once(socket, 'close');
  if (status !== '200' || received < bytes) throw new Error(`${received} bytes of a ${status}`);
}
