// biome-ignore-all lint/correctness/noUnusedVariables: page.js follows in the same script

/** Reads a RateLimit or RateLimit-Policy field: `"search";r=19;t=60` becomes { search: { r: 19, t: 60 } }. */
function parseLimits(field) {
  const policies = {};
  for (const [, name, parameters] of (field ?? '').matchAll(/"([^"]*)"((?:;[a-z]+=\d+)*)/g)) {
    policies[name] = Object.fromEntries(
      [...parameters.matchAll(/([a-z]+)=(\d+)/g)].map(([, key, value]) => [key, Number(value)]),
    );
  }
  return policies;
}

/** Reads a Cache-Status field: `Spillway; hit; ttl=48` becomes { hit: true, ttl: '48' }. */
function parseCacheStatus(field) {
  const [, ...parameters] = (field ?? '').split(/; */);
  return Object.fromEntries(parameters.map((parameter) => [...parameter.split('='), true].slice(0, 2)));
}

/** Whether nobody made an answer anew for this request. */
function isFromCache(headers) {
  const { hit, collapsed } = parseCacheStatus(headers.get('Cache-Status'));
  return Boolean(hit || collapsed);
}

/** What the fields of an answer say of the cache, in words; empty where it was not asked. */
function cacheText(headers) {
  const { hit, ttl, stored, collapsed, fwd } = parseCacheStatus(headers.get('Cache-Status'));
  const left = Number(ttl);
  if (hit) {
    return `Cache hit: ${headers.get('Age')} s old, ${left < 0 ? `stale for ${-left} s` : `${left} s left`}.`;
  }
  if (collapsed) return 'Cache hit: just made for somebody else.';
  if (stored) return 'Cache miss: made for you, and kept for whoever asks next.';
  return fwd ? 'Cache miss: made for you, and not kept.' : '';
}
