import type { AddressInfo } from 'node:net';
import { rateLimit } from '@spillway/rate-limit/koa';
import Koa from 'koa';

const app = new Koa();

// 100 requests a minute for each client.
app.use(rateLimit({ limit: 100, windowMs: 60_000 }));

// Letters go out slowly: three at once, then one every ten seconds.
app.use(
  rateLimit({
    identifier: 'letters',
    algorithm: 'token-bucket',
    limit: 6,
    windowMs: 60_000,
    burst: 3,
    skip: (ctx) => ctx.path !== '/letters',
  }),
);

app.use((ctx) => {
  const isLetter = ctx.path === '/letters';
  ctx.status = isLetter ? 202 : 200;
  ctx.body = isLetter ? 'On its way.\n' : 'Hello!\n';
});

const server = app.listen(process.env.PORT || 3000, () => {
  const { port } = server.address() as AddressInfo;
  console.log(`http://localhost:${port}`);
});
