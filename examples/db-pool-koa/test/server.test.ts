import { describeDbPoolServer } from '../../catalogue/test/db-pool-server';

describeDbPoolServer('db-pool-koa');
