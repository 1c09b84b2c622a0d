const { once } = require('node:events');
const { inFront } = require('@spillway/core/http');
const express = require('express');
const Koa = require('koa');

/** One small application a framework, behind one middleware or none: all that it does is to ask the origin. */
module.exports = {
  express(middleware, origin) {
    const app = express();
    if (middleware) app.use(middleware);
    app.use((req, res) => origin(req, res));
    return app;
  },

  koa(middleware, origin) {
    const app = new Koa();
    if (middleware) app.use(middleware);
    app.use(async (ctx) => {
      const closed = once(ctx.res, 'close');
      // A handler of node:http starts from 200, Koa from 404. Not by `ctx.status`, which sets the reason phrase too.
      ctx.res.statusCode = 200;
      origin(ctx.req, ctx.res);
      // Koa answers once its middleware is through, and leaves alone what has been answered by then. So this waits, in place
      // of `ctx.respond = false`, and what Koa does about errors stays.
      await closed;
    });
    return app.callback();
  },

  http: (filter, origin) => inFront(origin, filter ? [filter] : [], { trustProxy: false }),
};
