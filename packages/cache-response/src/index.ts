export { createCacheResponse } from './cache-response';
export { type EdgeCache, EdgeError, type EdgePurge, type HttpEdgeOptions, httpEdge } from './edge';
export { failed } from './events';
export { MemoryStore, type MemoryStoreOptions } from './memory-store';
export type { CacheResponseOptions, Milliseconds, Preset, ResponseInfo } from './options';
export { ResponseCache, type ResponseCacheOptions } from './response-cache';
export type { InvalidateBy, Invalidation, ResponseStore } from './store';
export type { Stored, StoredUse } from './stored';
