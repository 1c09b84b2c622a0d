import { describeCacheServer } from '../../catalogue/test/cache-server';

describeCacheServer('cache-express');
