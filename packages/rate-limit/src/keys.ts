import { clientKey, DEFAULT_IPV6_SUBNET, type HttpRequest } from '@spillway/core';
import { checkKey } from './limiter';
import { chain, collect, type Maybe } from './maybe';
import type { RateLimitOptions } from './options';

/** Whom a request is counted for, a key a policy; undefined where the client's address is no address. */
export type KeysOf<Context> = (
  request: HttpRequest,
  context: Context,
) => Maybe<readonly (string | undefined)[]>;

export function createKeysOf<Context>(options: RateLimitOptions<Context>): KeysOf<Context> {
  const { key: ownKey, keyGenerator, ipv6Subnet = DEFAULT_IPV6_SUBNET, policies, limiter } = options;
  const general = ownKey ?? keyGenerator;
  const make = (maker: NonNullable<typeof general>, request: HttpRequest, context: Context) =>
    chain(maker(context), (key) =>
      key === undefined || key === null || key === '' ? byAddress(request) : checkKey(key),
    );
  const bits = ipv6Subnet === false ? 128 : ipv6Subnet;
  const byAddress = (request: HttpRequest) => clientKey(request.ip, bits);
  const makers =
    policies?.map(({ key }) => key ?? general) ?? (limiter?.quotas ?? [undefined]).map(() => general);

  if (makers.some((maker) => maker !== makers[0])) {
    return (request, context) =>
      collect(makers.map((maker) => () => (maker ? make(maker, request, context) : byAddress(request))));
  }
  const [maker] = makers;
  const forAll =
    makers.length === 1
      ? (key: string | undefined) => [key]
      : (key: string | undefined) => makers.map(() => key);
  if (!maker) return (request) => forAll(byAddress(request));
  return (request, context) => chain(make(maker, request, context), forAll);
}
