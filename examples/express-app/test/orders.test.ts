import { describeOrderedShop } from '../../catalogue/test/ordered-shop';
import { createApp } from '../dist/app';

describeOrderedShop('express-app', createApp);
