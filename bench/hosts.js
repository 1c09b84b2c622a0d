const express = require('express');
const Koa = require('koa');

/** Some 1,500 bytes as JSON: above the threshold of compression. */
const PRODUCTS = Array.from({ length: 20 }, (_, id) => ({
  id,
  name: `product number ${id}`,
  price: 9.95,
  stock: id * 7,
}));

/** One small application a host behind the given middleware, with the settings that each framework comes with. */
module.exports = {
  express(...middleware) {
    const app = express();
    for (const one of middleware) app.use(one);
    app.get('/', (_req, res) => res.json(PRODUCTS));
    return app;
  },

  koa(...middleware) {
    const app = new Koa();
    for (const one of middleware) app.use(one);
    app.use((ctx) => {
      ctx.body = PRODUCTS;
    });
    return app.callback();
  },

  node(...middleware) {
    const answer = (_req, res) => {
      res.setHeader('Content-Type', 'application/json');
      res.end(JSON.stringify(PRODUCTS));
    };
    return middleware.reduceRight((next, one) => (req, res) => one(req, res, () => next(req, res)), answer);
  },
};
