import { constants } from 'node:zlib';
import { createCompress } from '@spillway/compress';
import { compress as expressCompress } from '@spillway/compress/express';

const make = (options: unknown) => () => createCompress(options as never);

describe('a wrong option throws at construction, naming option, expectation and value', () => {
  it.each<[object, string]>([
    [{ threshold: -1 }, 'compress: threshold must be a number from 0 to Infinity'],
    [{ threshold: 'much' }, "got 'much'"],
    [{ threshold: Number.NaN }, 'got NaN'],
    [{ filter: 'json' }, "filter must be a function, got 'json'"],
    [{ encodings: ['gzip', 'lzma'] }, 'encodings must hold only members of which each must be one of'],
    [{ encodings: 'gzip' }, "got 'gzip'"],
    [{ level: 10 }, "level must be an integer from -1 to 9 or one of 'auto' or a function, got 10"],
    [{ level: 'best' }, "got 'best'"],
    [{ memLevel: 0 }, 'memLevel must be an integer from 1 to 9, got 0'],
    [{ windowBits: 16 }, 'windowBits must be an integer from 9 to 15, got 16'],
    [{ chunkSize: 1 }, 'chunkSize must be an integer of at least 64, got 1'],
    [{ strategy: 5 }, 'strategy must be an integer from 0 to 4, got 5'],
    [{ gzip: true }, 'gzip must be an object or false, got true'],
    [{ gzip: { level: 99 } }, "compress: gzip can't be made"],
    [{ gzip: { quality: 5 } }, 'gzip must have no other options than level, memLevel'],
    [{ deflate: { windowBits: 99 } }, "deflate can't be made"],
    [{ brotli: { params: { 999: 1 } } }, "br can't be made"],
    [{ br: { level: 3 } }, 'br must have no other options than params, chunkSize'],
    [{ br: {}, brotli: {} }, "brotli and br can't go together"],
    [{ zstd: 3 }, 'zstd must be an object or false, got 3'],
    [{ defaultEncoding: '' }, "defaultEncoding must be a non-empty string, got ''"],
    [
      { defaultEncoding: 'gzip', enforceEncoding: 'br' },
      "defaultEncoding and enforceEncoding can't go together",
    ],
    [{ etag: 'strong' }, "etag must be one of 'weak', 'suffix', got 'strong'"],
    [{ notAcceptable: 406 }, "notAcceptable must be one of 'identity', 'refuse', got 406"],
    [{ refuse: 'next' }, "refuse must be one of 'reply', 'throw', got 'next'"],
    [{ syncBudgetMs: -1 }, 'syncBudgetMs must be a number from 0 to 1000, got -1'],
    [{ concurrency: 0 }, 'concurrency must be an integer from 1 to 1024, got 0'],
    [{ keptBytes: 1.5 }, 'keptBytes must be an integer of at least 0, got 1.5'],
    [{ keptBy: 'url' }, "keptBy must be one of 'identity', 'content', got 'url'"],
    [{ hideLengthBytes: 70_000 }, 'hideLengthBytes must be an integer from 0 to 65535, got 70000'],
    [
      { hideLengthBytes: 10, gzip: false },
      'hideLengthBytes works with gzip alone, which is not offered, got 10',
    ],
    [{ treshold: 1 }, 'treshold is not an option'],
  ])('%j: %s', (options, message) => {
    expect(make(options)).toThrow(message);
    expect(make(options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });

  it('the options of compression are taken', () => {
    const options = {
      threshold: '2kb',
      filter: () => true,
      level: -1,
      chunkSize: 16_384,
      memLevel: 8,
      strategy: 0,
      windowBits: 15,
      brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
      enforceEncoding: 'gzip',
    };
    expect(() => expressCompress(options)).not.toThrow();
    expect(make({ gzip: { flush: constants.Z_SYNC_FLUSH }, br: { flush: 1, params: {} } })).not.toThrow();
    expect(expressCompress.filter).toBeInstanceOf(Function);
  });
});
