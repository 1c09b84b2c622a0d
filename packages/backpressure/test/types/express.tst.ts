import { subscribe } from 'node:diagnostics_channel';
import {
  AdaptiveLimit,
  AimdLimit,
  createBackpressure,
  FixedLimit,
  grpcTimeout,
  type Interval,
  type Limit,
  LoadShedder,
  type Priority,
  type ShedReason,
  type Stats,
  shed,
} from '@spillway/backpressure';
import { backpressure, type ExpressBackpressureOptions } from '@spillway/backpressure/express';
import { stack } from '@spillway/core/express';
import express, { type Request } from 'express';

interface SignedIn extends Request {
  user: { id: string; isPaying: boolean };
}

// The simplest uses.
const app = express();
app.use(backpressure());
app.use('/api', backpressure({ limit: 20 }), express.json());
app.use(stack([createBackpressure<Request>()]));

// Functions get the framework's own request, or the one that the application has made of it.
app.use(
  backpressure({
    priority: (req) => (req.path === '/checkout' ? 'critical' : 'default'),
    key: (req) => req.baseUrl || undefined,
    client: (req) => req.get('x-api-key'),
    deadline: (req) => Number(req.get('x-deadline')),
    skip: (req) => req.path === '/health',
  }),
);
app.use(backpressure({ priority: (req: SignedIn) => (req.user.isPaying ? 'critical' : 'sheddable') }));
app.use(backpressure<SignedIn>({ client: (req) => req.user.id, key: ({ user }) => user.id }));

// Every other option.
app.use(
  backpressure({
    limit: () => new AimdLimit({ latencyMs: 200, initial: 10, min: 1, max: 50, backoff: 0.8 }),
    turnBudgetMs: 50,
    whenFull: 'wait',
    maxWaiting: 100,
    maxWaitMs: 1_000,
    reserved: 0.2,
    maxKeys: 10,
    now: () => performance.now(),
    deadline: grpcTimeout,
    maxDeadlineMs: 5_000,
    refuse: 'throw',
  }),
);
const options: ExpressBackpressureOptions = { limit: () => new FixedLimit(5) };
app.use(backpressure(options), backpressure({ ...options, limit: undefined }));

// A shedder that is held, and what it says.
const shedder = new LoadShedder({ limit: () => new AdaptiveLimit({ initial: 50, min: 2, max: 100 }) });
app.use(backpressure({ shedder, skip: () => false }));
const { limit, inFlight, shed: refused, classes }: Stats = shedder.stats();
const sum: number = limit + inFlight + refused.turn + refused.full + (classes.search?.queued ?? 0);
subscribe(shed.name, () => sum);

// The engine alone: an admission, or why there is none.
const asked = shedder.ask({ priority: 'sheddable', key: 'search', client: () => 'ann', deadlineMs: 50 });
const reason: ShedReason | undefined = typeof asked === 'string' ? asked : undefined;
if (typeof asked !== 'string') asked.leave();

// A limit of one's own.
class Halved implements Limit {
  readonly intervalMs = 100;
  value = 8;
  update({ limited }: Interval): void {
    if (limited) this.value /= 2;
  }
}
backpressure({ limit: () => new Halved() });

// A route's own types stay.
app.get('/items/:id', backpressure(), (req, res) => {
  const id: string = req.params.id;
  // @ts-expect-error The path has no such parameter.
  res.json({ id, other: req.params.other });
});

// Wrong use.
// @ts-expect-error An unknown option.
backpressure({ concurrency: 5 });
// @ts-expect-error No such priority.
backpressure({ priority: () => 'urgent' });
// @ts-expect-error A priority is known at once.
backpressure({ priority: async () => 'critical' as Priority });
// @ts-expect-error A key is text.
backpressure({ key: () => 42 });
// @ts-expect-error Milliseconds are a number.
backpressure({ deadline: () => '5ms' });
// @ts-expect-error A limit is a number, or makes one.
backpressure({ limit: new AdaptiveLimit() });
// @ts-expect-error whenFull is one of two.
backpressure({ whenFull: 'block' });
// @ts-expect-error A refusal is a reply or thrown.
backpressure({ refuse: 'next' });
// @ts-expect-error Express's request has no such property.
backpressure({ client: (req) => req.user.id });
// @ts-expect-error There is no context in Express.
backpressure({ key: (ctx) => ctx.request.ip });
// @ts-expect-error A shedder is no set of options.
backpressure({ shedder: { limit: 5 } });
// @ts-expect-error A latency has to be named.
new AimdLimit({});
// @ts-expect-error An engine knows no request.
new LoadShedder({ priority: () => 'critical' });
// @ts-expect-error What was refused has nothing to leave.
asked.leave();
void reason;
