import type { Stage } from '@spillway/core';

/** A content coding as it stands in Content-Encoding (RFC 9110, 8.4.1; RFC 7932; RFC 8878). */
export type Coding = 'zstd' | 'br' | 'gzip' | 'deflate';

export const CODINGS: readonly Coding[] = ['zstd', 'br', 'gzip', 'deflate'];

/** A coding at work: whole bodies in one shot, and streams. */
export interface Codec {
  readonly coding: Coding;
  /** Its fastest level, and the one that it works at while nothing presses. */
  readonly fastest: number;
  readonly usual: number;
  readonly slowest: number;
  /** Nanoseconds that a byte takes on the main thread, about; by it a body is coded at once or off the main thread. */
  nsPerByte(level: number): number;
  codeSync(body: Buffer, level: number): Buffer;
  /** On a thread of libuv's pool. */
  code(body: Buffer, level: number): Promise<Buffer>;
  /** A stream with `flush`; of a live one, each write comes out at once. */
  stream(level: number, how: StreamKind): Stage;
}

export interface StreamKind {
  /** Each write is to reach the client at once, and the stream may stay open for long. */
  readonly live: boolean;
}

/** A pace between those that were measured at a few levels. */
export function paceOf(measured: readonly (readonly [level: number, nsPerByte: number])[]) {
  return (level: number): number => measured.find(([upTo]) => level <= upTo)?.[1] ?? measured.at(-1)![1];
}
