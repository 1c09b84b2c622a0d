import type { Body, HttpRequest, ResponseHead } from '@spillway/core';
import type { Codec } from './codec';
import { judgeType } from './content-types';
import { forbidsTransform, varyByEncoding } from './fields';
import { negotiate, type Wanted, wantsCoding } from './negotiate';
import type { BodyInfo } from './options';
import type { Settings } from './settings';

/** One request, and what is known of its client. */
export interface Exchange<Context> {
  readonly request: HttpRequest;
  readonly context: Context;
  readonly wanted: Wanted;
  readonly settings: Settings<Context>;
  /** Coded whatever its type. */
  readonly forced: boolean;
}

export interface Choice {
  readonly codec: Codec;
  readonly level: number;
  readonly body: BodyInfo;
}

/**
 * How a response is coded; undefined: not at all. It says in the head whether that depends on the client.
 * @param whole the body where it is known in full.
 */
export function choose<Context>(
  exchange: Exchange<Context>,
  head: ResponseHead,
  whole: Body | undefined,
): Choice | undefined {
  const { request, wanted, settings } = exchange;
  const isHead = request.method === 'HEAD';
  const isEmpty = whole?.length === 0;
  if (NO_CONTENT.has(head.statusCode) || (isEmpty && !isHead)) return undefined;
  const type = head.getHeader('Content-Type') as string | undefined;
  const judgement = judgeType(type);
  if (!isMeant(exchange, head, judgement.compressible) || forbidsTransform(head)) return undefined;
  varyByEncoding(head);
  if (!wantsCoding(wanted)) return undefined;
  // A HEAD may come with the body of its GET, which node drops.
  const bytes = bytesOf(head, isEmpty ? undefined : whole);
  if (bytes !== undefined && bytes < settings.thresholdBytes && !isRequired(wanted)) return undefined;
  if (isCoded(head) || isPart(head)) return undefined;

  const live = judgement.live || head.getHeader('X-Accel-Buffering') === 'no';
  const body: BodyInfo = { request, type, bytes, live };
  const coding = negotiate(wanted, settings.offeredFor(body));
  if (coding === undefined || coding === 'identity') return undefined;
  const codec = settings.codecOf(coding);
  return { codec, level: settings.levelOf(codec, body), body };
}

/** Who refuses the body as it is gets it coded whatever its size and type, unless the user's own filter forbids it. */
export const isRequired = (wanted: Wanted): boolean => wanted.identity === 0;

const NO_CONTENT = new Set([204, 205]);

/** A part is a part of other bytes than the coded ones. */
const isPart = (head: ResponseHead): boolean =>
  head.statusCode === 206 || head.getHeader('Content-Range') !== undefined;

function isMeant<Context>(
  { context, wanted, settings, forced }: Exchange<Context>,
  head: ResponseHead,
  compressible: boolean,
): boolean {
  if (forced) return true;
  const { filter } = settings.options;
  return filter ? filter(context, head) : compressible || isRequired(wanted);
}

function isCoded(head: ResponseHead): boolean {
  const coding = head.getHeader('Content-Encoding');
  return coding !== undefined && String(coding).toLowerCase() !== 'identity';
}

function bytesOf(head: ResponseHead, whole: Body | undefined): number | undefined {
  if (whole !== undefined) return Buffer.byteLength(whole);
  const length = head.getHeader('Content-Length');
  return length === undefined ? undefined : Number(length);
}
