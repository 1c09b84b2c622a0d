const net = require('node:net');
const { linesOf } = require('./lines');

/**
 * The server's client of the downstream: all questions on one connection that stays open.
 * @returns a function that asks for so many milliseconds of its work, and waits.
 */
function asking(port) {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  const waiting = new Map();
  let asked = 0;
  linesOf(socket, (id) => {
    waiting.get(id)();
    waiting.delete(id);
  });
  return (ms) =>
    new Promise((resolve) => {
      const id = String(++asked);
      waiting.set(id, resolve);
      socket.write(`${id} ${ms}\n`);
    });
}

module.exports = { asking };
