import { backpressure } from '@spillway/backpressure/http';
import { inFront } from '@spillway/core/http';
import { overload, Shop, serve } from '@spillway/example-catalogue';
import { createApp } from './app';

const shop = new Shop();
// In front of all else: what is refused costs next to nothing there.
const listener = inFront(createApp(shop), [backpressure(overload)], { trustProxy: false });

serve(listener, { framework: 'Express', command: 'npm start', close: () => shop.close() });
