import { type Check, checkOptions, isFunction, isText } from '@spillway/core';
import type { Isolation } from './driver';
import { modeChecks } from './transaction';

export interface DbPoolOptions {
  /** What the application calls it: `req[as]` on Express and node:http, `ctx.state[as]` on Koa. @default 'db' */
  readonly as?: string | undefined;
}

export interface RouteTransactionOptions {
  /** @default the database's own, `read committed` for PostgreSQL */
  readonly isolation?: Isolation | undefined;
  /** @default false */
  readonly readOnly?: boolean | undefined;
  /** Whether a response of this status commits. @default 2xx and 3xx do */
  readonly commitOn?: ((status: number) => boolean) | undefined;
}

/** @throws {OptionError} naming the option that is wrong. */
export const checkDbPoolOptions = (options: DbPoolOptions): void =>
  checkOptions('dbPool', options, { as: isText });

const routeChecks: Readonly<Record<string, Check>> = { ...modeChecks, commitOn: isFunction };

/** @throws {OptionError} naming the option that is wrong. */
export const checkRouteOptions = (options: RouteTransactionOptions): void =>
  checkOptions('dbPool.transaction', options, routeChecks);
