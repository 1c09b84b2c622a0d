import { Shop, serve } from '@spillway/example-catalogue';
import { createApp } from './app';

const shop = new Shop();
serve(createApp(shop), { framework: 'Express', command: 'npm start', close: () => shop.close() });
