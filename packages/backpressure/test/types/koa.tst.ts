import { createBackpressure, envoyTimeout, LoadShedder } from '@spillway/backpressure';
import { backpressure, type KoaBackpressureOptions } from '@spillway/backpressure/koa';
import { stack } from '@spillway/core/koa';
import Koa, { type Context, type ParameterizedContext } from 'koa';

interface State {
  user: { id: string; isPaying: boolean };
}
type SignedIn = ParameterizedContext<State>;

// The simplest uses.
const app = new Koa();
app.use(backpressure()).use(backpressure({ limit: 20 }));
app.use(stack([createBackpressure<Context>()]));

// Functions get the framework's own context, or the one that the application has made of it.
app.use(
  backpressure({
    shedder: new LoadShedder(),
    priority: (ctx) => (ctx.path === '/checkout' ? 'critical' : 'default'),
    key: (ctx) => ctx.path,
    client: (ctx) => ctx.get('x-api-key') || ctx.ip,
    deadline: envoyTimeout,
    skip: ({ path }) => path === '/health',
  }),
);
app.use(backpressure({ priority: (ctx: SignedIn) => (ctx.state.user.isPaying ? 'critical' : 'sheddable') }));
app.use(backpressure<SignedIn>({ client: (ctx) => ctx.state.user.id }));

// An application's own state stays.
new Koa<State>().use(backpressure()).use((ctx) => {
  const id: string = ctx.state.user.id;
  ctx.body = id;
});

// Every other option.
const options: KoaBackpressureOptions = {
  limit: 5,
  turnBudgetMs: 50,
  whenFull: 'refuse',
  maxWaiting: 10,
  maxWaitMs: 1_000,
  reserved: 0,
  maxKeys: 10,
  now: Date.now,
  deadline: (ctx) => Number(ctx.get('x-deadline')),
  maxDeadlineMs: 5_000,
  refuse: 'reply',
};
app.use(backpressure(options));

// Wrong use.
// @ts-expect-error An unknown option.
backpressure({ concurrency: 5 });
// @ts-expect-error No such priority.
backpressure({ priority: () => 'urgent' });
// @ts-expect-error Milliseconds are a number.
backpressure({ deadline: (ctx) => ctx.get('x-deadline') });
// @ts-expect-error The name of a field is text.
backpressure({ key: (ctx) => ctx.get(42) });
// @ts-expect-error An application's own state is checked.
backpressure({ client: (ctx: SignedIn) => ctx.state.session });
// @ts-expect-error Whether to skip is known at once.
backpressure({ skip: async () => true });
