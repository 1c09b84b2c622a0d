import { backpressure } from '@spillway/backpressure/http';
import { inFront } from '@spillway/core/http';
import { openDatabase, overload, Shop, serve } from '@spillway/example-catalogue';
import { createApp } from './app';

const database = openDatabase();
const shop = new Shop(database.pool);
// In front of all else: what is refused costs next to nothing there.
const listener = inFront(createApp(database.pool, shop), [backpressure(overload)], { trustProxy: false });

void serve(listener, { framework: 'Express', command: 'npm start', database, close: () => shop.close() });
