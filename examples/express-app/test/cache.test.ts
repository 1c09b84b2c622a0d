import { describeCachedShop } from '../../catalogue/test/cached-shop';
import { createApp } from '../dist/app';

describeCachedShop('express-app', createApp);
