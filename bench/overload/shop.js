const http = require('node:http');
const { backpressure } = require('@spillway/backpressure/http');
const { inFront } = require('@spillway/core/http');
const { overload, Shop } = require('../../examples/catalogue');
const { createApp } = require('../../examples/express-app/dist/app');
const { listenBelowEphemeral } = require('../harness/ports');

/** Addresses are forwarded to it, so that the load comes from as many clients as it does in life. */
const OWN_PROXY = 'loopback';

/** The example shop in a process of its own, with its protection in front or without. */
exports.inChild = (isProtected) => {
  const app = createApp(new Shop());
  app.set('trust proxy', OWN_PROXY);
  const filters = isProtected ? [backpressure(overload)] : [];
  const server = http.createServer(inFront(app, filters, { trustProxy: OWN_PROXY }));
  return { pid: () => process.pid, listen: () => listenBelowEphemeral(server) };
};
