import { availableParallelism } from 'node:os';
import {
  type Check,
  type Clock,
  checkOptions,
  isBoolean,
  isFunction,
  isInteger,
  isNumber,
  isObject,
  isOneOf,
  isText,
  monotonic,
  OptionError,
} from '@spillway/core';
import type { Driver } from './driver';

const MINUTE_MS = 60_000;

export interface PoolOptions<Native = unknown> {
  /** The database: `pg(...)` of `@spillway/db-pool/pg`, `sqlite()` of `@spillway/db-pool/sqlite`. */
  readonly driver: Driver<Native>;
  /** Connections at most, 1 to 1,000. @default twice the cores of this machine and one: say it where the database has others */
  readonly max?: number | undefined;
  /** Connections that are kept open, 0 to `max`; `warmUp()` opens them. @default 0 */
  readonly min?: number | undefined;
  /** Milliseconds that a caller waits for a connection; one who is expected to wait for over four fifths of it is refused at once. @default 2_500 */
  readonly acquireTimeoutMs?: number | undefined;
  /** How many may wait. @default 5_000 */
  readonly maxWaiting?: number | undefined;
  /** Milliseconds after which a connection attempt is given up. @default 5_000 */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Milliseconds after which the database ends a statement, told when a connection is opened. One that hasn't answered a second later is
   * taken for gone, with its connection. Infinity for never. @default 30_000
   */
  readonly statementTimeoutMs?: number | undefined;
  /** Milliseconds that a connection may be idle beyond `min`. @default 600_000 */
  readonly idleTimeoutMs?: number | undefined;
  /** Milliseconds that a connection lives, less up to a tenth by chance: not all end at once. Infinity for ever. @default 1_800_000 */
  readonly maxLifetimeMs?: number | undefined;
  /** Milliseconds after which an idle connection is asked whether it lives, before somebody needs it. @default 30_000 */
  readonly keepAliveMs?: number | undefined;
  /** Milliseconds for which a lease may run nothing; then it is taken back. Infinity for ever. @default 30_000 */
  readonly leakAfterMs?: number | undefined;
  /**
   * Whether each lease knows the place that took it, for the event `reclaimed`: 2 us a lease. Without it those of requests do, and all do after
   * the first leak. @default false
   */
  readonly traceLeases?: boolean | undefined;
  /** Which idle connection is taken: the one used last, so that others may go, or the one used first. @default 'lifo' */
  readonly order?: 'lifo' | 'fifo' | undefined;
  /**
   * Whether a read whose connection died is sent once more, on another one. Writes never are. What the database itself has said that it did
   * not begin is sent again in any case. @default false
   */
  readonly retryReads?: boolean | undefined;
  /** How many texts of SQL are remembered; each connection keeps at most as many prepared. @default 500 */
  readonly maxStatements?: number | undefined;
  /** What events and the load signal call it. @default 'db' */
  readonly name?: string | undefined;
  /** @default the monotonic clock */
  readonly now?: Clock | undefined;
}

export type PoolSettings<Native> = {
  readonly [Name in keyof PoolOptions<Native>]-?: NonNullable<PoolOptions<Native>[Name]>;
};

const isTime = isNumber(1, Number.POSITIVE_INFINITY);
const isTimer = isInteger(1, 2 ** 31 - 1);

const checks: Readonly<Record<string, Check>> = {
  driver: isObject,
  max: isInteger(1, 1_000),
  min: isInteger(0, 1_000),
  acquireTimeoutMs: isTimer,
  maxWaiting: isInteger(0),
  connectTimeoutMs: isTimer,
  statementTimeoutMs: isTime,
  idleTimeoutMs: isTime,
  maxLifetimeMs: isTime,
  keepAliveMs: isTime,
  leakAfterMs: isTime,
  traceLeases: isBoolean,
  order: isOneOf('lifo', 'fifo'),
  retryReads: isBoolean,
  maxStatements: isInteger(0, 100_000),
  name: isText,
  now: isFunction,
};

/** @throws {OptionError} naming the option that is wrong. */
export function poolSettings<Native>(options: PoolOptions<Native>): PoolSettings<Native> {
  checkOptions('Pool', options, checks);
  const { driver, ...given } = options;
  if (driver === undefined) throw new OptionError('Pool', 'driver', 'must be given', driver);
  const most = driver.maxConnections ?? Number.POSITIVE_INFINITY;
  const {
    max = Math.min(2 * availableParallelism() + 1, most),
    min = 0,
    acquireTimeoutMs = 2_500,
    maxWaiting = 5_000,
    connectTimeoutMs = 5_000,
    statementTimeoutMs = 30_000,
    idleTimeoutMs = 10 * MINUTE_MS,
    maxLifetimeMs = 30 * MINUTE_MS,
    keepAliveMs = 30_000,
    leakAfterMs = 30_000,
    traceLeases = false,
    order = 'lifo',
    retryReads = false,
    maxStatements = 500,
    name = 'db',
    now = monotonic,
  } = given;
  if (min > max) throw new OptionError('Pool', 'min', `must be at most max (${max})`, min);
  if (max > most) throw new OptionError('Pool', 'max', `must be at most ${most} for this database`, max);
  return {
    driver,
    max,
    min,
    acquireTimeoutMs,
    maxWaiting,
    connectTimeoutMs,
    statementTimeoutMs,
    idleTimeoutMs,
    maxLifetimeMs,
    keepAliveMs,
    leakAfterMs,
    traceLeases,
    order,
    retryReads,
    maxStatements,
    name,
    now,
  };
}
