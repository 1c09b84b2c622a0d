import type { HttpRequest, Reply } from '@spillway/core';
import { handled } from '../events';
import type { Stored } from '../policy/stored';
import type { ResponseCache } from '../response-cache';
import { answer } from './answer';

/**
 * Answers by a stored response, and tells whoever listens.
 * @param status Cache-Status where it is no plain hit.
 */
export function send(
  { name }: ResponseCache,
  stored: Stored,
  request: HttpRequest,
  nowMs: number,
  status?: string,
): Reply {
  const reply = answer(stored, request, name, nowMs, status);
  if (handled.hasSubscribers)
    handled.publish({ cache: name, status: String(reply.headers!['cache-status']) });
  return reply;
}
