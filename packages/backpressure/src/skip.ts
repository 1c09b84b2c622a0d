import type { HttpRequest } from '@spillway/core';

/** Where orchestrators ask whether a server is alive and ready; under load it is, and must not be restarted for it. */
export const READINESS = '/readyz';
const PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', READINESS]);

/** The path of a request, without its query. */
export function pathOf({ originalUrl }: Pick<HttpRequest, 'originalUrl'>): string {
  const query = originalUrl.indexOf('?');
  return query === -1 ? originalUrl : originalUrl.slice(0, query);
}

export const isHealthCheck = (request: Pick<HttpRequest, 'originalUrl'>): boolean =>
  PATHS.has(pathOf(request));
