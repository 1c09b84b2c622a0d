import { createServer } from 'node:http';
import { type CacheResponseOptions, createCacheResponse, type failed } from '@spillway/cache-response';
import { cacheResponse } from '@spillway/cache-response/http';
import { toExpress } from '@spillway/core/express';
import { inFront, stack } from '@spillway/core/http';

const options: CacheResponseOptions<{ readonly tenant: string }> = { key: ({ tenant }) => tenant };

createServer(
  inFront((_req, res) => res.end(), [cacheResponse({ skip: (req) => req.url === '/' }), cacheResponse()], {
    trustProxy: false,
  }),
);
stack([cacheResponse({ key: (req) => req.headers['x-tenant']?.toString(), maxBodyBytes: 100_000 })]);

// The filter itself, for what adapters there may be.
toExpress(createCacheResponse({ ttlMs: 1_000 }));
const filter = createCacheResponse(options);
filter({} as never, { tenant: 'a' });

const failure = (event: unknown): string => {
  const { cache, what, error } = event as Parameters<typeof failed.publish>[0];
  return `${cache.toUpperCase()}: ${what satisfies 'refresh' | 'store' | 'invalidate'}: ${String(error)}`;
};
failure({});

// @ts-expect-error node's request has no query
cacheResponse({ skip: (req) => req.query.preview === '1' });
// @ts-expect-error an unknown option
cacheResponse({ maxAge: 60 });
// @ts-expect-error the context is the one that the options are for
filter({} as never, { user: 'a' });
