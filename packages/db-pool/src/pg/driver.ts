import pgClients, { type Client, type ClientConfig } from 'pg';
import type { ConnectOptions, Driver } from '../driver';
import { PgConnection } from './connection';
import { PG_DIALECT } from './dialect';
import { endClient, streamOf } from './end-client';

export interface PgOptions extends ClientConfig {
  /**
   * Whether connections keep statements that come again prepared. False behind a pooler of transactions that doesn't know them (PgBouncer
   * before 1.21). @default true
   */
  readonly prepare?: boolean;
}

/**
 * PostgreSQL, by npm `pg` 8.23 or later.
 * @param config a connection string, or what pg's clients take. What is left out comes from PGHOST and its kin.
 */
export function pg(config: string | PgOptions = {}): Driver<Client> {
  const { prepare = true, ...given } = typeof config === 'string' ? { connectionString: config } : config;
  const makeClient = (more?: ClientConfig) => new pgClients.Client({ keepAlive: true, ...given, ...more });
  return {
    dialect: PG_DIALECT,
    async connect({ timeoutMs, statementTimeoutMs, onLost }: ConnectOptions): Promise<PgConnection> {
      const client = makeClient({
        connectionTimeoutMillis: timeoutMs,
        ...(Number.isFinite(statementTimeoutMs) && { statement_timeout: statementTimeoutMs }),
        ...(given.statement_timeout !== undefined && { statement_timeout: given.statement_timeout }),
      });
      // What fails before the client is connected comes by its promise too.
      client.on('error', ignore);
      try {
        await client.connect();
      } catch (error) {
        streamOf(client).destroy();
        throw error;
      }
      return new PgConnection(client, { prepares: prepare, makeClient, end: endClient, onLost });
    },
  };
}

const ignore = (): void => {};
