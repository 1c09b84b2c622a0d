import { createBackpressure, envoyTimeout, LoadShedder } from '@spillway/backpressure';
import { backpressure, type KoaBackpressureOptions } from '@spillway/backpressure/koa';
import { stack } from '@spillway/core/koa';
import Koa, { type Context } from 'koa';

interface SignedIn extends Context {
  state: { user: string };
}

const app = new Koa();
app.use(backpressure());
app.use(stack([createBackpressure<Context>()]));
app.use(
  backpressure({
    shedder: new LoadShedder(),
    priority: (ctx) => (ctx.path === '/checkout' ? 'critical' : 'default'),
    key: (ctx) => ctx.path,
    client: (ctx) => ctx.get('x-api-key'),
    deadline: envoyTimeout,
    skip: ({ path }) => path === '/health',
  }),
);
app.use(backpressure<SignedIn>({ client: (ctx) => ctx.state.user }));

const options: KoaBackpressureOptions = { limit: 5 };
app.use(backpressure(options));

// @ts-expect-error no such option
backpressure({ concurrency: 5 });
// @ts-expect-error no such priority
backpressure({ priority: () => 'urgent' });
