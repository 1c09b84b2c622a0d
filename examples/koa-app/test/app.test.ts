import { describeShop } from '../../catalogue/test/shop-app';

describeShop('koa-app', { framework: 'Koa', command: 'npm run start:koa' });
