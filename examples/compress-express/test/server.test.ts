import { describeCompressServer } from '../../catalogue/test/compress-server';

describeCompressServer('compress-express');
