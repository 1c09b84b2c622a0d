import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Body, Closed, Hooks, ResponseHead } from '@spillway/core';
import type { Handled } from '@spillway/core/testing';

export interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

export function deferred<Value = void>(): Deferred<Value> {
  let resolve!: Deferred<Value>['resolve'];
  let reject!: Deferred<Value>['reject'];
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

export const TEXT = { 'Content-Type': 'text/plain; charset=utf-8' };

export const streamOf = (...chunks: string[]): Readable =>
  Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

/** A filter that only looks: what each hook has seen, in order. */
export function watching(log: unknown[], name = 'seen') {
  return (): Hooks => ({
    onHead(head: ResponseHead, whole: Body | undefined) {
      log.push([name, head.statusCode, whole === undefined ? 'a stream' : String(whole)]);
      return undefined;
    },
  });
}

/** A filter that tells when its response is over, and counts how often it was told. */
export function closing() {
  const told: Closed[] = [];
  const first = deferred<Closed>();
  const filter = (): Hooks => ({
    onClose(closed) {
      told.push(closed);
      first.resolve(closed);
    },
  });
  return { filter, told, closed: first.promise };
}

/** One turn of the event loop, for what is told in the next one. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A filter that notes what a tap sees, and the end of it as a full stop. */
export function tapping() {
  const seen = { text: '' };
  const filter = (): Hooks => ({
    onHead: () => ({
      tap(chunk) {
        seen.text += chunk;
      },
      end() {
        seen.text += '.';
      },
    }),
  });
  return { filter, seen };
}

/** A filter that takes part and changes nothing. */
export const looking = (): Hooks => ({ onHead: () => undefined });

export type Raw = (res: ServerResponse) => void;

/** An application that answers by node's own methods. */
export const onRaw =
  (use: Raw) =>
  ({ res }: Handled): void => {
    res.statusCode = 200;
    use(res);
  };
