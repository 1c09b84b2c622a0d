import type { IncomingMessage } from 'node:http';
import {
  type BodyAction,
  createProblemReply,
  type Filter,
  type HttpRequest,
  nodeRequestOf,
  nodeResponseOf,
  OptionError,
} from '@spillway/core';
import type { Database } from './database';
import { commitFailed } from './events';
import {
  checkDbPoolOptions,
  checkRouteOptions,
  type DbPoolOptions,
  type RouteTransactionOptions,
} from './options';
import { Pool } from './pool';
import { RequestDatabase } from './request-database';

/** The pool that was mounted last comes first. */
const databases = new WeakMap<IncomingMessage, RequestDatabase<unknown>>();

/**
 * A filter that gives each request a `db`, and takes back what it held when its response is over.
 * @throws {OptionError} naming the option that is wrong.
 */
export function createDbPool<Context extends object>(
  pool: Pool<unknown>,
  options: DbPoolOptions = {},
): Filter<Context> {
  if (!(pool instanceof Pool)) throw new OptionError('dbPool', 'pool', 'must be a Pool', pool);
  checkDbPoolOptions(options);
  const { as = 'db' } = options;
  return (_request, context) => {
    const req = nodeRequestOf(context);
    const db = new RequestDatabase(pool, context, databases.get(req));
    databases.set(req, db);
    return { provide: { [as]: db } };
  };
}

/**
 * A filter that makes a request a transaction: it begins with the first statement, is committed before the head of a good response
 * leaves, and rolled back else.
 * @throws {OptionError} naming the option that is wrong.
 */
export function createTransaction<Context extends object>(
  options: RouteTransactionOptions = {},
): Filter<Context> {
  checkRouteOptions(options);
  const { isolation, readOnly, commitOn = isGood } = options;
  return (request, context) => {
    const db = databases.get(nodeRequestOf(context));
    if (!db) return { error: new Error('dbPool.transaction: dbPool(pool) has to be mounted before') };
    if (nodeResponseOf(context)?.headersSent)
      return {
        error: new Error('dbPool.transaction: the head has left, so that nothing can be committed before it'),
      };
    const transaction = db.beginRoute({ isolation, readOnly });
    if (!transaction) return undefined;
    return {
      onHead(head) {
        if (!commitOn(head.statusCode)) {
          transaction.rollback();
          return undefined;
        }
        return transaction.commit()?.then(
          () => undefined,
          (error) => answerFailure(request, db.pool.name, error),
        );
      },
    };
  };
}

/**
 * What a request has of a pool, typed by that pool; undefined where it is not mounted there.
 * @param request Express's, Koa's context or request, or node's.
 */
export function databaseOf<Native>(pool: Pool<Native>, request: object): Database<Native> | undefined {
  let db = databases.get(nodeRequestOf(request));
  while (db && db.pool !== pool) db = db.outer;
  return db as Database<Native> | undefined;
}

const isGood = (status: number): boolean => status >= 200 && status < 400;

function answerFailure(request: HttpRequest, pool: string, error: unknown): BodyAction {
  if (commitFailed.hasSubscribers) commitFailed.publish({ pool, error });
  return { answer: notCommitted(request) };
}

const notCommitted = createProblemReply({ status: 500, detail: 'What was asked could not be stored.' });
