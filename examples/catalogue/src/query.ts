import { ShopError } from './errors';

/** A query string as Express and Koa parse it: a name that occurs twice has an array. */
export type Query = Readonly<Record<string, unknown>>;

const MAX_LENGTH = 64;

/**
 * Reads a text; empty where there is none.
 * @throws {ShopError} 400 where it is too long, given twice, or has what no database keeps in a text.
 */
export function textOf(query: Query, name: string): string {
  const value = query[name] ?? '';
  if (typeof value !== 'string') throw new ShopError(400, `${name} must be given once.`);
  if (value.length > MAX_LENGTH)
    throw new ShopError(400, `${name} must have at most ${MAX_LENGTH} characters.`);
  if (value.includes('\0')) throw new ShopError(400, `${name} must have no NUL.`);
  return value;
}

/**
 * Reads an integer.
 * @throws {ShopError} 400 where it is none from `min` to `max`.
 */
export function integerOf(query: Query, name: string, fallback: number, min: number, max: number): number {
  const text = textOf(query, name);
  if (text === '') return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new ShopError(400, `${name} must be an integer from ${min} to ${max}.`);
}
