import { type Driver, Pool, type PoolOptions } from '@spillway/db-pool';
import { pg } from '@spillway/db-pool/pg';
import { sqlite } from '@spillway/db-pool/sqlite';
import { type Flavour, loadCatalogue } from './schema';

/** Where the shop's rows are. */
export interface ShopDatabase {
  readonly pool: Pool;
  /**
   * Makes what isn't there yet, tables and products, before the first request. Another start finds its data,
   * and several may start at once.
   */
  load(): Promise<void>;
}

const SQLITE: Flavour = { collation: 'BINARY' };

const POSTGRES: Flavour = {
  collation: '"C"',
  // The number is any that nobody else locks here.
  lock: 'SELECT pg_advisory_xact_lock(1863)',
};

/**
 * The statements of SQLite are work of this process, as all else is. Whoever can't be served in so many
 * milliseconds is told to come back: nobody waits for answers that come too late, and no work is lost on them.
 */
const SQLITE_WAIT_MS = 100;

/**
 * Opens the shop's database: PostgreSQL where there is a URL, else SQLite in memory, which is new in each
 * process.
 * @param url of a PostgreSQL database that is the shop's own. @default the variable DATABASE_URL
 */
export function openDatabase(
  url = process.env.DATABASE_URL ?? '',
  options: Omit<PoolOptions, 'driver'> = {},
): ShopDatabase {
  if (url !== '') return databaseOf({ driver: pg(url), ...options }, POSTGRES);
  return databaseOf({ driver: sqlite(), acquireTimeoutMs: SQLITE_WAIT_MS, ...options }, SQLITE);
}

function databaseOf(options: PoolOptions, flavour: Flavour): ShopDatabase {
  return { pool: new Pool(options), load: () => load(options.driver, flavour) };
}

/** By a pool of its own: how long that takes says nothing of what the transactions of requests will take. */
async function load(driver: Driver, flavour: Flavour): Promise<void> {
  const pool = new Pool({ driver, max: 1 });
  try {
    await loadCatalogue(pool, flavour);
  } finally {
    await pool.drain();
  }
}
