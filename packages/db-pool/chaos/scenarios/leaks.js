const { MAX_CONNECTIONS } = require('../limits');
const { failed } = require('../load');

const HANDLERS = 3 * MAX_CONNECTIONS;
const AT_ONCE = 40;
const PATIENCE_MS = 2_000;

/** Handlers that are careless of what they hold, and then others that want some too. */
async function after(stage, path) {
  await stage.client.all(HANDLERS, path);
  const reads = await stage.client.all(AT_ONCE, '/read');
  return [{ what: 'reads failed afterwards', measured: failed(reads), most: 0 }];
}

const throwing = (stage) => after(stage, '/throwing');

const keeping = (stage) => after(stage, '/keeping');

/** They hold all connections. Their clients wait, so nothing but time tells that something is wrong. */
async function silent(stage) {
  const clients = Array.from({ length: MAX_CONNECTIONS }, () => stage.client.open('GET', '/silent'));
  await stage.until(async () => (await stage.backends()) === MAX_CONNECTIONS, PATIENCE_MS);
  const reads = await stage.client.all(AT_ONCE, '/read');
  for (const client of clients) client.leave();
  return [{ what: 'reads failed meanwhile', measured: failed(reads), most: 0 }];
}

module.exports = { throwing, keeping, silent };
