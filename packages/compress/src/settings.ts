import { load, OptionError } from '@spillway/core';
import { brotli } from './brotli';
import type { Codec, Coding } from './codec';
import { Coder, DEFAULT_CONCURRENCY } from './coder';
import { deflate } from './deflate';
import { gzip } from './gzip';
import { createAcceptEncodingReader, type Wanted } from './negotiate';
import {
  type BodyInfo,
  type CompressOptions,
  canonical,
  checkCompressOptions,
  thresholdBytes,
} from './options';
import { zstd } from './zstd';

/** What follows from the options, once for all requests. */
export interface Settings<Context> {
  readonly options: CompressOptions<Context>;
  readonly thresholdBytes: number;
  readonly coder: Coder;
  wantedBy(acceptEncoding: string | undefined): Wanted;
  /** Codings that a body may have, the best first. */
  offeredFor(body: BodyInfo): readonly Coding[];
  codecOf(coding: Coding): Codec;
  levelOf(codec: Codec, body: BodyInfo): number;
}

/** Above it brotli makes fewer bytes than gzip in less time; below, gzip does. */
const LARGE_BYTES = 20_000;

/** A stream of brotli holds twice the memory of one of gzip, one of zstd four times. */
const BEST_FOR_STREAMS: readonly Coding[] = ['gzip', 'br', 'zstd', 'deflate'];
const BEST_FOR_SMALL: readonly Coding[] = ['zstd', 'gzip', 'br', 'deflate'];
const BEST_FOR_LARGE: readonly Coding[] = ['zstd', 'br', 'gzip', 'deflate'];

const MIB = 2 ** 20;

/**
 * @param shared what codes the bodies, where others are bound by the same limits.
 * @throws {OptionError} naming the option that is wrong.
 */
export function settingsOf<Context>(given: CompressOptions<Context>, shared?: Coder): Settings<Context> {
  checkCompressOptions(given as CompressOptions<never>);
  const options = canonical(given);
  const { threshold = 1024, defaultEncoding = 'identity' } = options;
  const { syncBudgetMs = 0.25, concurrency = DEFAULT_CONCURRENCY } = options;
  const { keptBytes = 32 * MIB, keptBy = 'identity' } = options;
  const codecs = codecsOf(options as CompressOptions<never>);
  const read = createAcceptEncodingReader();
  // Who doesn't say what it can decode is the least likely to know the newer ones.
  const wantedUnsaid = read(defaultEncoding === '*' ? 'gzip' : defaultEncoding);
  return {
    options,
    thresholdBytes: thresholdBytes(threshold),
    coder: shared ?? new Coder({ syncBudgetMs, concurrency, keptBytes, sameBy: keptBy }),
    wantedBy: (field) => (field === undefined ? wantedUnsaid : read(field)),
    offeredFor: createOffer(options.encodings, codecs),
    codecOf: (coding) => codecs.get(coding)!,
    levelOf: createLevelOf(options.level),
  };
}

function codecsOf(options: CompressOptions<never>): ReadonlyMap<Coding, Codec> {
  const { chunkSize, memLevel, strategy, windowBits, level, hideLengthBytes } = options;
  const given = {
    chunkSize,
    memLevel,
    strategy,
    windowBits,
    level: typeof level === 'number' ? level : undefined,
  };
  const common = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const gzipOnly = Boolean(hideLengthBytes);
  const codecs = [
    options.zstd !== false && !gzipOnly && zstd(options.zstd),
    options.brotli !== false && !gzipOnly && brotli(options.brotli),
    options.gzip !== false && gzip({ ...common, ...options.gzip }),
    options.deflate !== false && !gzipOnly && deflate({ ...common, ...options.deflate }),
  ];
  const usable = codecs.filter((codec) => codec !== undefined && codec !== false);
  for (const codec of usable) tryOut(codec);
  return new Map(usable.map((codec) => [codec.coding, codec]));
}

/** Values that node refuses are refused now, and not at the first request. */
function tryOut(codec: Codec): void {
  try {
    codec.codeSync(Buffer.from('x'), codec.usual);
  } catch (error) {
    throw new OptionError(
      'compress',
      codec.coding,
      `can't be made: ${(error as Error).message}`,
      codec.usual,
    );
  }
}

function createOffer(
  encodings: CompressOptions['encodings'],
  codecs: ReadonlyMap<Coding, Codec>,
): Settings<never>['offeredFor'] {
  const offered = (codings: readonly Coding[]) => codings.filter((coding) => codecs.has(coding));
  if (typeof encodings === 'function') return (body) => offered(encodings(body));
  const own = encodings && offered(encodings);
  const streams = own ?? offered(BEST_FOR_STREAMS);
  const small = own ?? offered(BEST_FOR_SMALL);
  const large = own ?? offered(BEST_FOR_LARGE);
  return ({ bytes, live }) => {
    if (bytes === undefined || live) return streams;
    return bytes > LARGE_BYTES ? large : small;
  };
}

function createLevelOf(level: CompressOptions['level'] = 'auto'): Settings<never>['levelOf'] {
  if (typeof level === 'function') {
    return ({ coding, usual, slowest }, body) => {
      const own = level(coding, body);
      return Number.isInteger(own) && own >= 0 && own <= slowest ? own : usual;
    };
  }
  if (level !== 'auto') return ({ usual }) => usual;
  return ({ usual, fastest }) =>
    usual <= fastest ? usual : Math.round(usual - (usual - fastest) * load.level());
}
