const expressQueue = require('express-queue');
const overloadProtection = require('overload-protection');
const { inFront } = require('@spillway/core/http');
const applications = require('./applications');

const NONE = 'no protection';
const PLAIN_KOA = 'no protection on koa';
const IN_FRONT = 'spillway in front';
const EXPRESS = 'spillway on express';
const KOA = 'spillway on koa';

/** Ours, of the package as it is published. */
const backpressure = (host, options) => require(`@spillway/backpressure/${host}`).backpressure(options);

/**
 * By name, the listener: an application behind each protection, mounted as its own documentation does it.
 * `options` are ours only, and none where the scenario is not about one.
 */
const LISTENERS = {
  [NONE]: (means) => applications.express(means),
  [PLAIN_KOA]: (means) => applications.koa(means),
  'toobusy-js': (means) => applications.express(means, toobusyMiddleware()),
  'overload-protection': (means) => applications.express(means, overloadProtection('express')),
  // Told what no user knows: how many the downstream serves at a time.
  'express-queue': (means) => applications.express(means, expressQueue({ activeLimit: 20, queuedLimit: 20 })),
  [EXPRESS]: (means, options) => applications.express(means, backpressure('express', options)),
  [KOA]: (means, options) => applications.koa(means, backpressure('koa', options)),
  [IN_FRONT]: (means, options) =>
    inFront(applications.express(means), [backpressure('http', options)], { trustProxy: false }),
};

/** It starts to sample where it is loaded: in its own server only. */
function toobusyMiddleware() {
  const toobusy = require('toobusy-js');
  return (_req, res, next) => (toobusy() ? res.status(503).send("I'm busy right now, sorry.") : next());
}

const OURS = [IN_FRONT, EXPRESS, KOA];
const PEERS = [NONE, 'toobusy-js', 'overload-protection', 'express-queue'];

module.exports = { backpressure, EXPRESS, IN_FRONT, KOA, LISTENERS, NONE, OURS, PEERS, PLAIN_KOA };
