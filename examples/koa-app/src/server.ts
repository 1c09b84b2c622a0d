import { Shop, serve } from '@spillway/example-catalogue';
import { createApp } from './app';

const shop = new Shop();
serve(createApp(shop).callback(), {
  framework: 'Koa',
  command: 'npm run start:koa',
  close: () => shop.close(),
});
