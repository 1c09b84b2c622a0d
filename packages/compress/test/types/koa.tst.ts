import { compress } from '@spillway/compress/koa';
import Koa from 'koa';

const app = new Koa();
app.use(compress()).use(compress({ threshold: 2048, br: false, gzip: { level: 1 }, defaultEncoding: '*' }));

// As users of koa-compress write it.
app.use(compress({ filter: (type) => /text/i.test(type) }));

// An application's own state stays.
new Koa<{ user: string }>().use(compress()).use((ctx) => {
  ctx.body = ctx.state.user.toUpperCase();
});

// @ts-expect-error an unknown option
compress({ treshold: 1 });
// @ts-expect-error Koa is asked by type
compress({ filter: (ctx: { path: string }) => ctx.path === '/' });
