import { describeCachedShop } from '../../catalogue/test/cached-shop';
import { createApp } from '../dist/app';

describeCachedShop('koa-app', (pool, shop, cache) => createApp(pool, shop, cache).callback());
