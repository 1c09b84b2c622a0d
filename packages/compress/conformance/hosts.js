const { PassThrough, Readable } = require('node:stream');
const express = require('express');
const Koa = require('koa');
const { play } = require('./play');

/** Express's own ways look at If-None-Match themselves. */
const BY_SEND = ['whole', 'json', 'file'];

/**
 * One small application a framework behind one middleware. `answerTo(req)` gives what it says, and the progress of its
 * client.
 */
module.exports = {
  express(middleware, answerTo) {
    const app = express().set('env', 'test').use(middleware);
    app.use((req, res) => {
      const { answer, progress } = answerTo(req);
      if (answer.thrown) throw answer.thrown;
      setHead(res, answer);
      if (answer.vary) res.vary(answer.vary);
      if (answer.conditional && !BY_SEND.includes(answer.body.how) && req.fresh) return res.status(304).end();
      const { how, chunks, value, path } = answer.body;
      if (how === 'whole') return res.send(chunks[0].data);
      if (how === 'json') return res.json(value);
      if (how === 'file') return res.sendFile(path);
      return giveTo(res, answer, progress);
    });
    return app;
  },

  koa(middleware, answerTo) {
    const app = new Koa();
    app.silent = true;
    app.use(middleware);
    app.use(async (ctx) => {
      const { answer, progress } = answerTo(ctx.req);
      const { thrown, early, fields, status, vary, conditional } = answer;
      if (thrown) throw thrown;
      if (early) ctx.res.writeEarlyHints(early);
      const { body, begin } = koaBodyOf(ctx, answer, progress);
      ctx.body = body;
      ctx.status = status;
      ctx.set(fields);
      if (vary) ctx.vary(vary);
      if (conditional && ctx.fresh) ctx.status = 304;
      begin?.();
    });
    return app.callback();
  },

  node(middleware, answerTo) {
    return (req, res) =>
      middleware(req, res, () => {
        const { answer, progress } = answerTo(req);
        if (answer.thrown) return fail(res, answer.thrown);
        setHead(res, answer);
        if (answer.vary) res.appendHeader('Vary', answer.vary);
        if (answer.conditional && isFresh(req, res)) return end304(res);
        return giveTo(res, answer, progress);
      });
  },
};

function setHead(res, { early, status, fields, byWriteHead }) {
  if (early) res.writeEarlyHints(early);
  if (byWriteHead) return res.writeHead(status, fields);
  res.statusCode = status;
  for (const [name, value] of Object.entries(fields)) res.setHeader(name, value);
}

function giveTo(res, { body }, progress) {
  const { how, chunks } = body;
  if (how === 'nothing') return res.end();
  if (how !== 'piped' && how !== 'writes') return endWith(res, body);
  if (how === 'piped') return Readable.from(chunks.map(({ data }) => data)).pipe(res);
  return play(res, res, body, progress).catch((error) => res.destroy(error));
}

function endWith(res, { chunks: [{ data, encoding }], trailers }) {
  if (trailers) res.addTrailers(trailers);
  res.end(data, encoding);
}

function koaBodyOf({ res }, { body }, progress) {
  const { how, chunks, value } = body;
  if (how === 'nothing') return { body: null };
  if (how === 'whole') return { body: chunks[0].data };
  if (how === 'json') return { body: value };
  if (how === 'piped') return { body: Readable.from(chunks.map(({ data }) => data)) };
  const stream = new PassThrough();
  return {
    body: stream,
    begin: () => play(stream, res, body, progress).catch((error) => stream.destroy(error)),
  };
}

/** Node has no such thing; ETags are compared weakly (RFC 9110, 13.1.2). */
function isFresh({ headers }, res) {
  const { 'if-none-match': tags, 'if-modified-since': since } = headers;
  if (tags === undefined) return since !== undefined && since === res.getHeader('Last-Modified');
  const opaque = (tag) => tag.trim().replace(/^W\//, '');
  const own = opaque(res.getHeader('ETag'));
  return tags.split(',').some((tag) => opaque(tag) === own);
}

function end304(res) {
  res.statusCode = 304;
  res.removeHeader('Content-Type');
  res.end();
}

function fail(res, error) {
  res.statusCode = 500;
  res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  res.end(error.stack);
}
