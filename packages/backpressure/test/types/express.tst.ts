import {
  AdaptiveLimit,
  AimdLimit,
  createBackpressure,
  grpcTimeout,
  LoadShedder,
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
    skip: (req) => req.path === '/health',
  }),
);
app.use(backpressure({ priority: (req: SignedIn) => (req.user.isPaying ? 'critical' : 'sheddable') }));
app.use(backpressure<SignedIn>({ client: (req) => req.user.id }));

// Every option.
app.use(
  backpressure({
    limit: () => new AimdLimit({ latencyMs: 200 }),
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
const shedder = new LoadShedder({ limit: () => new AdaptiveLimit({ initial: 50 }) });
app.use(backpressure({ shedder, deadline: (req) => Number(req.get('x-deadline')) }));
const { limit, shed }: { limit: number; shed: Readonly<Record<'turn' | 'full', number>> } = shedder.stats();
void [limit, shed];

const options: ExpressBackpressureOptions = {};
app.use(backpressure(options));

// @ts-expect-error no such option
backpressure({ concurrency: 5 });
// @ts-expect-error no such priority
backpressure({ priority: () => 'urgent' });
// @ts-expect-error milliseconds are a number
backpressure({ deadline: () => '5ms' });
// @ts-expect-error a limit is a number, or makes one
backpressure({ limit: new AdaptiveLimit() });
// @ts-expect-error whenFull is one of two
backpressure({ whenFull: 'block' });
// @ts-expect-error a latency has to be named
new AimdLimit({});
