import type { HttpRequest, ResponseHead } from '@spillway/core';
import { textOf } from '../policy/fields';
import { urlKeyOf } from '../policy/key';
import type { ResponseCache } from '../response-cache';

/** Methods that change nothing; all others may (RFC 9110, 9.2.1). */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY']);

export const isUnsafe = (method: string): boolean => !SAFE.has(method);

/** URLs that a successful answer to an unsafe method makes out of date (RFC 9111, 4.4): its own, and those that it names. */
export function invalidatedBy(request: HttpRequest, head: ResponseHead): readonly string[] {
  const { statusCode } = head;
  const own = urlOf(request);
  if (own === undefined || statusCode < 200 || statusCode > 399) return [];
  const named = ['Location', 'Content-Location'].flatMap((name) =>
    resolved(own, textOf(head.getHeader(name))),
  );
  return [own, ...named];
}

/** Whether an answer says that it is what a GET would get (RFC 9110, 9.3.3). */
export function isOwnContent(request: HttpRequest, head: ResponseHead): boolean {
  const own = urlOf(request);
  const named = own === undefined ? [] : resolved(own, textOf(head.getHeader('Content-Location')));
  return head.statusCode === 200 && named[0] === own;
}

/** Of another origin nobody here may speak. */
function resolved(own: string, reference: string | undefined): readonly string[] {
  if (reference === undefined || !URL.canParse(reference, own)) return [];
  const url = new URL(reference, own);
  return url.origin === new URL(own).origin ? [url.origin + url.pathname + url.search] : [];
}

/** @returns undefined where the request is not one for a cache. */
function urlOf(request: HttpRequest): string | undefined {
  const [path, origin] = urlKeyOf(request)?.split(' ') ?? [];
  return path === undefined ? undefined : `${origin}${path}`;
}

export type Invalidating = Pick<ResponseCache, 'purge' | 'report'>;

/** Nobody waits for it; what fails is published. */
export function invalidate(cache: Invalidating, urls: readonly string[]): void {
  if (urls.length > 0) cache.purge({ urls }).catch((error) => cache.report('invalidate', error));
}
