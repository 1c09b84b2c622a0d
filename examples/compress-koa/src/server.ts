import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { json } from 'node:stream/consumers';
import { compress, decompress } from '@spillway/compress/koa';
import Koa from 'koa';

const app = new Koa();

// Answers in the best coding that the client takes; bodies of requests at most 100 kB once they are decoded.
app.use(compress());
app.use(decompress({ maxBytes: 100_000 }));

const rows = Array.from({ length: 500 }, (_, id) => ({ id, name: `row ${id}`, even: id % 2 === 0 }));

app.use(async (ctx) => {
  if (ctx.path === '/events') ctx.body = events();
  else if (ctx.path === '/count') ctx.body = { members: Object.keys((await json(ctx.req)) as object).length };
  else ctx.body = rows;
  // Each event reaches the client at once, coded all the same.
  if (ctx.path === '/events') ctx.type = 'text/event-stream';
});

function events(): PassThrough {
  const stream = new PassThrough();
  let count = 0;
  stream.write(`data: ${count}\n\n`);
  const timer = setInterval(() => stream.write(`data: ${++count}\n\n`), 1000);
  return stream.once('close', () => clearInterval(timer));
}

// A client that leaves its events is no error.
app.on('error', (error) => error.code === 'ERR_STREAM_PREMATURE_CLOSE' || app.onerror(error));

const server = app.listen(process.env.PORT || 3000, () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`);
});
