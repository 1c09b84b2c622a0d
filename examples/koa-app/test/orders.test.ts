import { describeOrderedShop } from '../../catalogue/test/ordered-shop';
import { createApp } from '../dist/app';

describeOrderedShop('koa-app', (pool, shop, cache) => createApp(pool, shop, cache).callback());
