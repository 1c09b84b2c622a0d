import { describeBackpressureServer } from '../../catalogue/test/backpressure-server';

describeBackpressureServer('backpressure-express');
