const net = require('node:net');

/** Dialing a port of the ephemeral range that nobody listens on can connect to itself. */
function listenBelowEphemeral(server) {
  return new Promise((resolve, reject) => {
    const attempt = () => server.listen(20_000 + Math.floor(Math.random() * 10_000), '127.0.0.1');
    server.on('error', (error) => (error.code === 'EADDRINUSE' ? attempt() : reject(error)));
    server.on('listening', () => resolve(server.address().port));
    attempt();
  });
}

/** A port for a server that can't look for one itself. */
async function freePort() {
  const server = net.createServer();
  const port = await listenBelowEphemeral(server);
  await new Promise((closed) => server.close(closed));
  return port;
}

module.exports = { freePort, listenBelowEphemeral };
