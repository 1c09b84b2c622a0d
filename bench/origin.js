const { setTimeout: pause } = require('node:timers/promises');
const express = require('express');
const Koa = require('koa');
const { rows } = require('./bodies');
const { FILLED } = require('./harness/under-load');

const LIST = rows(10_000);

/** 10 kB of JSON as an application of either framework, sent some time after it is asked for; and how often it was. */
exports.origin = (delayMs) => {
  let calls = 0;
  return {
    calls: () => calls,

    express(...middleware) {
      const app = express();
      for (const one of middleware) app.use(one);
      app.get(['/', FILLED], (_req, res) => {
        calls++;
        if (delayMs === 0) res.json(LIST);
        else setTimeout(() => res.json(LIST), delayMs);
      });
      return app;
    },

    koa(...middleware) {
      const app = new Koa();
      for (const one of middleware) app.use(one);
      const answer = (ctx) => {
        calls++;
        ctx.body = LIST;
      };
      app.use(delayMs === 0 ? answer : (ctx) => pause(delayMs).then(() => answer(ctx)));
      return app.callback();
    },
  };
};
