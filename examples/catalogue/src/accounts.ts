import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ShopError } from './errors';

/** Who may log in; salt and hash in base64. */
export interface Account {
  readonly user: string;
  readonly salt: string;
  readonly hash: string;
}

const HASH_BYTES = 32;
const MAX_USER_LENGTH = 64;
const MAX_PASSWORD_LENGTH = 256;

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** Reads the accounts that come with the shop: ada and grace. */
export function loadAccounts(): Account[] {
  return JSON.parse(readFileSync(join(__dirname, '../data/accounts.json'), 'utf8'));
}

/** Makes an account whose password can't be read back: scrypt with node's default cost, about 50 ms. */
export async function createAccount(user: string, password: string): Promise<Account> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, HASH_BYTES);
  return { user, salt: salt.toString('base64'), hash: hash.toString('base64') };
}

/**
 * The account that a login names, in one spelling: a limit by account must not be passed by writing `Ada` for `ada`.
 * @returns an empty string where the body names none.
 */
export function accountOf(body: unknown): string {
  const { user } = (body ?? {}) as { user?: unknown };
  return typeof user === 'string' ? user.slice(0, MAX_USER_LENGTH).trim().toLowerCase() : '';
}

/** Prepares the check of a login, given as `{ user, password }`. */
export function createLogin(accounts: readonly Account[]): (body: unknown) => Promise<string> {
  const byUser = new Map(accounts.map((account) => [account.user, account]));
  // An unknown user costs the same time as a wrong password: nobody learns who has an account.
  const nobody: Account = { user: '', salt: randomBytes(16).toString('base64'), hash: '' };

  return async (body) => {
    const user = accountOf(body);
    const { password } = (body ?? {}) as { password?: unknown };
    if (user === '' || typeof password !== 'string' || password.length > MAX_PASSWORD_LENGTH) {
      throw new ShopError(400, 'A login needs user and password, as JSON or as a form.');
    }
    const { salt, hash } = byUser.get(user) ?? nobody;
    const given = await derive(password, Buffer.from(salt, 'base64'), HASH_BYTES);
    const known = Buffer.from(hash, 'base64');
    if (known.length === HASH_BYTES && timingSafeEqual(given, known)) return user;
    throw new ShopError(401, 'User or password is wrong.');
  };
}
