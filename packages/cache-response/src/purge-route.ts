import {
  type Check,
  checkOptions,
  type Filter,
  type HttpRequest,
  isFunction,
  OptionError,
  type Outcome,
  problemReply,
  type Reply,
} from '@spillway/core';
import { urlKeyOf } from './policy/key';
import { ResponseCache } from './response-cache';
import type { Invalidation } from './store/store';

export interface PurgeRouteOptions<Context = unknown> {
  /** What is purged. */
  readonly cache: ResponseCache;
  /** Who may purge. There is no route without it: whoever may empty a cache may bring down what stands behind. */
  readonly authorize: (context: Context) => boolean | Promise<boolean>;
}

const isCache: Check = (value) => (value instanceof ResponseCache ? undefined : 'must be a ResponseCache');

/**
 * A filter that answers PURGE: of the URL that was asked for or, with Cache-Tag, of all responses with one of these tags.
 * `Soft-Purge: 1` expires them instead.
 * @throws {OptionError} for a wrong option, or one that is missing.
 */
export function createPurgeRoute<Context>(options: PurgeRouteOptions<Context>): Filter<Context> {
  checkOptions('purgeRoute', options, { cache: isCache, authorize: isFunction });
  for (const name of ['cache', 'authorize'] as const) {
    if (options[name] === undefined) throw new OptionError('purgeRoute', name, 'must be given', undefined);
  }
  const { cache, authorize } = options;
  return (request, context) => (request.method === 'PURGE' ? purge(request, context) : undefined);

  async function purge(request: HttpRequest, context: Context): Promise<Outcome> {
    // Nothing but true: whoever forgets to return an answer has authorized nobody.
    if ((await authorize(context)) !== true) return refusal(request, 403, 'You may not purge.');
    const meant = meantBy(request);
    if (meant === undefined) return refusal(request, 400, 'Neither a URL nor a tag is named.');
    const by = request.headers['soft-purge'] === '1' ? 'expire' : 'purge';
    try {
      await cache[by](meant);
    } catch (error) {
      cache.report('invalidate', error);
      return refusal(request, 502, 'Purged here, but not by all that stand in front.');
    }
    return { status: 204 };
  }
}

function meantBy(request: HttpRequest): Invalidation | undefined {
  const tags = request.headers['cache-tag'];
  if (typeof tags === 'string') return { tags: tags.split(',').map((tag) => decoded(tag.trim())) };
  const [path, origin] = urlKeyOf(request)?.split(' ') ?? [];
  return path === undefined ? undefined : { urls: [`${origin}${path}`] };
}

/** Tags are percent-encoded where they have to be. */
function decoded(tag: string): string {
  try {
    return decodeURIComponent(tag);
  } catch {
    // It was never encoded.
    return tag;
  }
}

const refusal = (request: HttpRequest, status: number, detail: string): Reply =>
  problemReply(request, { status, detail });
