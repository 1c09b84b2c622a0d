import { load, type Reply } from '@spillway/core';
import { useOf } from '../policy/reuse';
import type { Stored } from '../policy/stored';
import { type Asked, maySee } from './asked';
import { send } from './send';
import type { Settings } from './settings';

/** Above, stale responses are sent without asking the application first. */
const OVERLOAD = 0.8;
const isOverloaded = (): boolean => load.level() >= OVERLOAD;

/** What belongs to one client, not to its response. */
const OF_ONE_CLIENT = ['if-none-match', 'if-modified-since', 'if-range', 'range', 'cache-control', 'pragma'];
const OF_ONE_USER = [...OF_ONE_CLIENT, 'cookie', 'authorization'];

/** Fields that a request goes without when it is sent once more for everybody. */
export const droppedFrom = <Context>({ credentials }: Asked<Context>): readonly string[] =>
  credentials?.keyed ? OF_ONE_CLIENT : OF_ONE_USER;

/**
 * Answers by what is stored, where that may be.
 * @param status Cache-Status where it is no plain hit.
 * @returns undefined where the application has to be asked first.
 */
export function useStored<Context>(
  { cache, app }: Settings<Context>,
  asked: Asked<Context>,
  stored: Stored,
  status?: string,
): Reply | undefined {
  if (!maySee(asked, stored)) return undefined;
  const { request, key, askedMs } = asked;
  const use = useOf(stored, asked.wants, askedMs, isOverloaded);
  if (use === 'validate') return undefined;
  if (use === 'revalidate' && request.method === 'GET') cache.refresh(key, request, droppedFrom(asked), app);
  return send(cache, stored, request, askedMs, status);
}
