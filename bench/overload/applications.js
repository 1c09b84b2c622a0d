const express = require('express');
const Koa = require('koa');
const { turn } = require('./work');

/** More than the buffers of both ends hold. */
const DOWNLOAD = Buffer.alloc(16 * 2 ** 20, 'x');

/**
 * What the routes do, of a path and a request: `/cpu/5` takes 5 ms of CPU, `/io/50` waits for 50 ms of the downstream's work.
 * @returns the answer, or a promise of it.
 */
const routes = ({ turnsPerMs, ask }) => ({
  cpu: (ms) => ({ hash: turn(Math.round(ms * turnsPerMs)) }),
  io: async (ms) => {
    await ask(ms);
    return { waited: ms };
  },
  hello: () => ({ hello: 'world' }),
  download: () => DOWNLOAD,
  upload: async (_ms, req) => ({ bytes: await bytesOf(req) }),
});

async function bytesOf(req) {
  let bytes = 0;
  for await (const chunk of req) bytes += chunk.length;
  return bytes;
}

/** The same application on each host, behind the given middleware. */
module.exports = {
  express(means, ...middleware) {
    const app = express();
    for (const one of middleware) app.use(one);
    for (const [name, route] of Object.entries(routes(means)))
      app.all(`/${name}{/:ms}`, async (req, res) => res.send(await route(Number(req.params.ms), req)));
    return app;
  },

  koa(means, ...middleware) {
    const app = new Koa();
    for (const one of middleware) app.use(one);
    const byName = routes(means);
    app.use(async (ctx) => {
      const [, name, ms] = ctx.path.split('/');
      ctx.body = await byName[name](Number(ms), ctx.req);
    });
    return app.callback();
  },
};
