import { type Check, checkOptions, isArrayOf, isBoolean } from '@spillway/core';
import type { EdgePurge } from './edge';
import { isTags, percentEncode, tagOf } from './surrogate';

/** One request to an edge, and what it removes. */
export interface Order {
  readonly method: 'BAN' | 'PURGE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly purge: EdgePurge;
}

/** Half of what Varnish takes of one field. */
const MAX_KEYS_BYTES = 4_000;

/** Stands for all tags; none is written so. */
const EVERYTHING = '*';

/**
 * The requests that carry out a purge, as few as can be.
 * @throws {OptionError} where the purge is none.
 */
export function ordersOf(purge: EdgePurge): readonly Order[] {
  checkOptions('purge', purge, CHECKS);
  const { tags, urls, prefixes, all = false } = purge;
  if (all) return [ban({ 'Surrogate-Key': EVERYTHING }, { all })];
  return [
    ...bansOf(new Set(tags)),
    ...[...new Set(prefixes)].map(banUnder),
    ...[...new Set(urls)].map(purgeOf),
  ];
}

/** All that several orders remove. */
export function purgeOfAll(orders: readonly Order[]): EdgePurge {
  const purges = orders.map(({ purge }) => purge);
  return {
    all: purges.some(({ all }) => all),
    tags: purges.flatMap(({ tags = [] }) => tags),
    urls: purges.flatMap(({ urls = [] }) => urls),
    prefixes: purges.flatMap(({ prefixes = [] }) => prefixes),
  };
}

const ban = (headers: Order['headers'], purge: EdgePurge): Order => ({
  method: 'BAN',
  path: '/',
  headers,
  purge,
});

function bansOf(tags: Iterable<string>): readonly Order[] {
  const batches: { keys: string; readonly tags: string[] }[] = [];
  for (const tag of tags) {
    const key = tagOf(tag);
    const last = batches.at(-1);
    if (last && last.keys.length + 1 + key.length <= MAX_KEYS_BYTES) {
      last.keys += ` ${key}`;
      last.tags.push(tag);
    } else batches.push({ keys: key, tags: [tag] });
  }
  return batches.map((batch) => ban({ 'Surrogate-Key': batch.keys }, { tags: batch.tags }));
}

function banUnder(prefix: string): Order {
  const { path, host } = targetOf(prefix)!;
  return ban({ 'Url-Prefix': path, ...host }, { prefixes: [prefix] });
}

function purgeOf(url: string): Order {
  const { path, host } = targetOf(url)!;
  return { method: 'PURGE', path, headers: { ...host }, purge: { urls: [url] } };
}

const TARGET = /^(https?:\/\/[^\s/?#\\@]+)?([/?#].*)?$/is;

/**
 * What a client that asks for the address sends. The path stays as it is written: an edge keeps what it was asked for, dots and all.
 * @returns undefined where it is no address.
 */
function targetOf(
  url: string,
): { readonly path: string; readonly host?: { readonly Host: string } } | undefined {
  const [, origin, rest = ''] = TARGET.exec(url) ?? [];
  const asked = rest.replace(/#.*/s, '').replace(/[^!-~]+/gu, percentEncode);
  if (asked.startsWith('/') && origin === undefined) return { path: asked };
  if (origin === undefined || !URL.canParse(origin)) return undefined;
  // In lower case and without the usual port, as a client sends it.
  return { path: asked.startsWith('/') ? asked : `/${asked}`, host: { Host: new URL(origin).host } };
}

const isTarget: Check = (value) =>
  typeof value === 'string' && targetOf(value) ? undefined : 'must be a path or an http address';

const CHECKS = { tags: isTags, urls: isArrayOf(isTarget), prefixes: isArrayOf(isTarget), all: isBoolean };
