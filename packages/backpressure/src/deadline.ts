import type { HttpRequest } from '@spillway/core';

/** Milliseconds that are left for a request, as its client says; undefined where it says nothing that can be understood. */
export type Deadline<Context> = (context: Context) => number | undefined;

type WithHeaders = Pick<HttpRequest, 'headers'>;

const GRPC_TIMEOUT = /^(\d{1,8})([HMSmun])$/;

const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** The field `grpc-timeout` (gRPC over HTTP/2, "Timeout"): `250m` is 250 ms. */
export function grpcTimeout({ headers }: WithHeaders): number | undefined {
  const [, amount, unit] = GRPC_TIMEOUT.exec(textOf(headers['grpc-timeout'])) ?? [];
  return unit === undefined ? undefined : Number(amount) * UNIT_MS[unit]!;
}

const DIGITS = /^\d{1,12}$/;

/** The field `x-envoy-expected-rq-timeout-ms`, which Envoy sets on what it forwards. */
export function envoyTimeout({ headers }: WithHeaders): number | undefined {
  const text = textOf(headers['x-envoy-expected-rq-timeout-ms']);
  return DIGITS.test(text) ? Number(text) : undefined;
}

const textOf = (field: string | string[] | undefined): string => (typeof field === 'string' ? field : '');
