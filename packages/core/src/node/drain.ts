import { EventEmitter } from 'node:events';
import type { Below, Response } from './response';

/**
 * Divides 'drain' in two: what those below a layer have to say (node's socket, the stream of `compression`) goes to the layer,
 * and whoever writes above it hears the layer only. One event for both would wake a producer while a stage is full, or
 * never, where `compression` hands its listeners to a stream of its own.
 */
export class Drain {
  readonly #res: Response;
  readonly #emit: Response['emit'];
  readonly #below = new EventEmitter();

  /** @param onRoom called when there is room below. */
  constructor(res: Response, below: Below, onRoom: () => void) {
    const { emit } = res;
    const relay = this.#below;
    this.#res = res;
    this.#emit = emit;
    this.collect(() => below.on.call(res, 'drain', onRoom));
    if (res.on === below.on && res.on !== EventEmitter.prototype.on)
      res.on = EventEmitter.prototype.on as Response['on'];
    res.emit = function (this: Response, event: string | symbol, ...args: unknown[]): boolean {
      return event === 'drain' ? relay.emit(event) : emit.call(this, event, ...args);
    } as Response['emit'];
  }

  /** What registers for 'drain' during `open` lies below. */
  collect(open: () => void): void {
    const res = this.#res;
    const above = new Set(res.rawListeners('drain'));
    open();
    for (const listener of res.rawListeners('drain') as (() => void)[]) {
      if (above.has(listener)) continue;
      res.removeListener('drain', listener);
      this.#below.on('drain', listener);
    }
  }

  /** Whoever writes may go on. */
  tell(): void {
    this.#emit.call(this.#res, 'drain');
  }
}
