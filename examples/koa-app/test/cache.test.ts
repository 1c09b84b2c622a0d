import { describeCachedShop } from '../../catalogue/test/cached-shop';
import { createApp } from '../dist/app';

describeCachedShop('koa-app', (shop, cache) => createApp(shop, cache).callback());
