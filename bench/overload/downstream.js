const net = require('node:net');
const { listenBelowEphemeral } = require('../harness/ports');
const { linesOf } = require('./lines');

const SLOTS = 20;

/**
 * A service behind the server, in a process of its own: so many jobs at a time, each for as long as it says, the others in a queue
 * without bound, as a database's. What has asked and left is served all the same: nobody tells it.
 */
exports.inChild = () => {
  const queue = [];
  let slots = SLOTS;
  let busy = 0;

  const begin = () => {
    while (busy < slots && queue.length > 0) serve(queue.shift());
  };
  const serve = ({ id, ms, socket }) => {
    busy++;
    setTimeout(() => {
      busy--;
      socket.write(`${id}\n`);
      begin();
    }, ms);
  };
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    linesOf(socket, (line) => {
      const [id, ms] = line.split(' ');
      queue.push({ id, ms: Number(ms), socket });
      begin();
    });
  });

  return {
    listen: () => listenBelowEphemeral(server),
    pid: () => process.pid,
    /** @param changes `[afterMs, slots]`, from now on. */
    change(changes) {
      for (const [afterMs, changed] of changes)
        setTimeout(() => {
          slots = changed;
          begin();
        }, afterMs);
    },
  };
};

exports.SLOTS = SLOTS;
