const http = require('node:http');
const { backpressure } = require('@spillway/backpressure/http');
const { inFront } = require('@spillway/core/http');
const { openDatabase, overload } = require('../../examples/catalogue');
const { createApp } = require('../../examples/express-app/dist/app');
const { listenBelowEphemeral } = require('../harness/ports');

/** Addresses are forwarded to it, so that the load comes from as many clients as it does in life. */
const OWN_PROXY = 'loopback';

/** The same database wherever it is run. */
const IN_MEMORY = '';

/** The shop's pool refuses by itself those whom its database can't serve in time: that is protection too. */
const PATIENT = { acquireTimeoutMs: 60_000, maxWaiting: 1e6 };

/** The example shop in a process of its own, with its protection, in front and of its database, or without. */
exports.inChild = (isProtected) => {
  const database = openDatabase(IN_MEMORY, isProtected ? {} : PATIENT);
  const app = createApp(database.pool);
  app.set('trust proxy', OWN_PROXY);
  const filters = isProtected ? [backpressure(overload)] : [];
  const server = http.createServer(inFront(app, filters, { trustProxy: OWN_PROXY }));
  return {
    pid: () => process.pid,
    async listen() {
      await database.load();
      return listenBelowEphemeral(server);
    },
  };
};
