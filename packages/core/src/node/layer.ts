import type { Body, Reply } from '../filter';
import { Backlog, callBack } from './backlog';
import { Decision, type Hook } from './decision';
import { Drain } from './drain';
import { setRawFields } from './fields';
import { HeldHead } from './held-head';
import { type Below, type Callback, isClosed, type Methods, methodsOf, type Response } from './response';
import { destroyBy, Outlet, toBuffer } from './stages';

const OPEN = 0;
const HELD = 1;
const DECIDED = 2;

/**
 * Stands between the application and a response. It remembers the head until the first byte, asks its hooks (the innermost
 * first) what to make of both, and passes on what they decide. Nothing is restored afterwards: a decided layer only passes on.
 */
export class Layer {
  /** The layer that filters of this response join or nest upon. */
  top: Layer = this;
  /** The one that this one nests upon. */
  inside: Layer | undefined;
  readonly below: Below;
  readonly #res: Response;
  readonly #hooks: Hook[] = [];
  #phase: typeof OPEN | typeof HELD | typeof DECIDED = OPEN;
  /** The application has ended its response. */
  #ended = false;
  /** What the application still writes is dropped. */
  #swallow = false;
  #overtaken = false;
  #flush = false;
  /** Whether the application gave its body whole. */
  #given = false;
  #done: Callback | undefined;
  #outlet: Outlet | undefined;
  #backlog: Backlog | undefined;
  #drain: Drain | undefined;

  /** @param ours what the response's methods are while nobody else's patch lies on top. */
  constructor(
    res: Response,
    readonly ours: Methods,
    below: Below = methodsOf(res),
  ) {
    this.#res = res;
    this.below = below;
  }

  /** Another filter may join: no byte has left and nobody patched the response after us. */
  isOnTop(): boolean {
    const res = this.#res;
    const { ours } = this;
    return (
      this.#phase === OPEN &&
      res.end === ours.end &&
      res.write === ours.write &&
      res.writeHead === ours.writeHead
    );
  }

  get hooks(): readonly Hook[] {
    return this.#hooks;
  }

  /** @returns the hook's place, for `overtake`. */
  join(hook: Hook): number {
    return this.#hooks.push(hook) - 1;
  }

  // What the application calls.

  writeHead(status: number, reason?: unknown, fields?: unknown): Response {
    const res = this.#res;
    if (this.#phase === DECIDED) {
      if (!this.#swallow) this.below.writeHead.call(res, status, reason, fields);
    } else if (this.#phase === OPEN) {
      // Remembered, and sent with the first byte.
      if (typeof reason === 'string') res.statusMessage = reason;
      res.statusCode = status;
      setRawFields(res, typeof reason === 'string' ? fields : (fields ?? reason));
    }
    return res;
  }

  write(chunk: unknown, encoding?: BufferEncoding | Callback, done?: Callback): boolean {
    if (typeof encoding === 'function') return this.write(chunk, undefined, encoding);
    if (this.#phase === OPEN) this.#decide(undefined);
    if (this.#swallow || (this.#overtaken && this.#phase === HELD)) {
      callBack(done);
      return true;
    }
    if (this.#ended && (this.#phase === HELD || this.#outlet)) {
      callBack(done, new Error('write after end'));
      return false;
    }
    if (this.#phase === HELD) return this.#hold(chunk, encoding, done, false);
    return this.#outlet
      ? this.#outlet.write(chunk, encoding, done)
      : this.below.write.call(this.#res, chunk, encoding, done);
  }

  end(chunk?: unknown, encoding?: BufferEncoding | Callback, done?: Callback): Response {
    const res = this.#res;
    if (typeof chunk === 'function') return this.end(undefined, undefined, chunk as Callback);
    if (typeof encoding === 'function') return this.end(chunk, undefined, encoding);
    if (this.#phase === DECIDED && !this.#swallow && !this.#outlet) {
      this.below.end.call(res, chunk, encoding, done);
    } else if (this.#swallow || this.#ended) {
      callBack(done);
    } else {
      this.#ended = true;
      if (this.#outlet) this.#outlet.end(chunk, encoding, done);
      else if (this.#phase === HELD) this.#hold(chunk, encoding, done, true);
      else this.#decide(wholeOf(chunk, encoding), done);
    }
    return res;
  }

  flushHeaders(): void {
    if (this.#phase === OPEN) this.#decide(undefined);
    if (this.#phase === HELD) this.#flush = true;
    else if (!this.#swallow) this.#flushBelow();
  }

  /** What was written reaches the client, also what those below hold back. */
  flush(): void {
    this.flushHeaders();
    if (this.#phase === DECIDED && !this.#swallow) this.below.flush?.call(this.#res);
  }

  /** An answer from the filter at `place`, if the head has not left yet. What is further out sees it as any other. */
  overtake(reply: Reply, place: number): void {
    const res = this.#res;
    if (this.#phase !== OPEN || res.headersSent || isClosed(res)) return;
    this.#overtaken = this.#ended = true;
    new Decision(res, this.#hooks, this, '').answer(reply, place);
  }

  // From the first byte to a decision.

  #decide(whole: Body | undefined, done?: Callback): void {
    const res = this.#res;
    // Patches of others that lie inside of ours speak before us.
    if (res.writeHead !== this.ours.writeHead) res.writeHead(res.statusCode);
    this.#given = whole !== undefined;
    this.#done = done;
    new Decision(res, this.#hooks, this, whole).ask(this.#hooks.length - 1);
  }

  hold(): boolean {
    this.#phase = HELD;
    const writes = !this.#ended;
    if (writes) this.#takeDrain();
    return writes;
  }

  settle({ whole, stages = [] }: Decision): void {
    const res = this.#res;
    const streams = stages.some((stage) => 'through' in stage);
    this.#phase = DECIDED;
    if (streams) this.#takeDrain();
    if (stages.length > 0 || this.#backlog) {
      this.#outlet = new Outlet(res, this.below, stages, () => this.#drain?.tell());
    }
    // The first byte may come out of a stage much later; the head is final now.
    if (this.#drain && (streams || whole === undefined)) {
      this.#drain.collect(() => this.below.writeHead.call(res, res.statusCode));
    }
    if (whole !== undefined) this.#sendWhole(whole);
    else this.#sendStream();
  }

  #sendWhole(whole: Body): void {
    const res = this.#res;
    const body = whole === '' ? undefined : whole;
    if (this.#outlet) this.#outlet.end(body, 'utf8', this.#done);
    else this.below.end.call(res, body, 'utf8', this.#done);
    this.#swallow = this.#overtaken || !this.#given;
    // A late `res.set` of the application would throw. Where it throws itself, Express's handler cuts the connection of a
    // response whose head has left: it is told so only amid 'finish', when loggers ask.
    if (this.#overtaken) new HeldHead(res, () => res.writableFinished && !res.closed);
    this.#backlog?.drop();
    this.#drain?.tell();
  }

  #sendStream(): void {
    if (this.#outlet) this.#backlog?.pourInto(this.#outlet);
    if (this.#flush) this.#flushBelow();
    if (!this.#outlet) return;
    if (this.#drain && !this.#ended) this.#outlet.flow();
    this.#backlog = undefined;
  }

  #flushBelow(): void {
    this.below.flushHeaders.call(this.#res);
    this.#outlet?.flush();
  }

  #takeDrain(): void {
    this.#drain ??= new Drain(this.#res, this.below, () => this.#outlet?.drained());
  }

  #hold(
    chunk: unknown,
    encoding: BufferEncoding | undefined,
    done: Callback | undefined,
    last: boolean,
  ): boolean {
    this.#backlog ??= new Backlog();
    try {
      this.#backlog.push({ chunk, encoding, done, last });
    } catch (error) {
      destroyBy(this.#res, error, 'onHead');
    }
    return false;
  }
}

/** What hooks get of a body that was given whole: a string where it is UTF-8, the very object where it is a Buffer. */
function wholeOf(chunk: unknown, encoding: BufferEncoding | undefined): Body {
  if (chunk === undefined || chunk === null) return '';
  const isUtf8 = encoding === undefined || encoding === null || /^utf-?8$/i.test(encoding);
  return typeof chunk === 'string' && isUtf8 ? chunk : toBuffer(chunk, encoding);
}
