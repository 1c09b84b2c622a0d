const net = require('node:net');
const { Connection, requestOf } = require('./connection');

const STEP_MS = 100;
const UPLOAD_BYTES = 20_000;
const PIECE = 'x'.repeat(UPLOAD_BYTES / 20);
/**
 * Clients on bad lines, until they are stopped: some upload 20 kB within 2 s, and again; others read an answer of 16 MB at 640 kB/s.
 * @returns `stop()`, which says how many uploads were answered 2xx, and how many otherwise.
 */
function startSlowClients(port, { uploads, downloads }) {
  const counts = { uploaded: 0, refused: 0 };
  const clients = [
    ...Array.from({ length: uploads }, () => uploader(port, counts)),
    ...Array.from({ length: downloads }, () => reader(port)),
  ];
  const timer = setInterval(() => {
    for (const client of clients) client.step();
  }, STEP_MS);
  return () => {
    clearInterval(timer);
    for (const client of clients) client.leave();
    return counts;
  };
}

function uploader(port, counts) {
  const head = requestOf({ method: 'POST', path: '/upload', headers: { 'Content-Length': UPLOAD_BYTES } });
  let connection;
  let left = 0;
  const begin = () => {
    connection = new Connection(port);
    left = UPLOAD_BYTES;
    connection.send(head, (answer) => {
      counts[answer?.status === 200 ? 'uploaded' : 'refused']++;
      connection?.leave(); // what was refused early is still expecting its body
      connection = undefined;
    });
  };
  return {
    step() {
      if (!connection) return begin();
      if (left > 0) connection.write(PIECE);
      left -= PIECE.length;
    },
    leave() {
      const leaving = connection;
      connection = undefined;
      leaving?.leave();
    },
  };
}

function reader(port) {
  const begin = () => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('data', () => socket.pause()); // until the next step
    socket.write(requestOf({ path: '/download', headers: { Connection: 'close' } }), 'latin1');
    return socket;
  };
  let socket = begin();
  return {
    step() {
      if (socket.closed) socket = begin();
      socket.resume();
    },
    leave: () => socket.destroy(),
  };
}

module.exports = { startSlowClients };
