const http = require('node:http');
const { CONTESTANTS } = require('./contestants');
const hosts = require('./hosts');
const { originOf } = require('./origin');

// A process of its own: serves one contestant on a free port and says which.

async function main(suite, name) {
  const { host, make } = CONTESTANTS.find((contestant) => contestant.name === name);
  const server = http.createServer(hosts[host](make(), await originOf(suite)));
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
}

process.once('disconnect', () => process.exit());

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
