import { describeShop } from '../../catalogue/test/shop-app';

describeShop('express-app', { framework: 'Express', command: 'npm start' });
