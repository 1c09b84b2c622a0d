import type { Body, BodyAction, Hooks, Reply, ResponseHead } from '../filter';
import { hookError } from '../events';
import { setFields, setRawFields } from './fields';
import { HeldHead } from './held-head';
import { type Callback, isClosed, type Methods, methodsOf, type Response } from './response';
import { connect, destroyBy, type Sink, type Stage, toBuffer } from './stages';

type OnHead = NonNullable<Hooks['onHead']>;

interface Hook {
  readonly onHead: OnHead;
  /** Names of the fields set outside of the filter: they stay when it gives an answer of its own. */
  readonly outer: readonly string[];
}

/** What the application did to a response whose head is held. */
type Held = { chunk: unknown; encoding: BufferEncoding | undefined; done: Callback | undefined; last: boolean };

const OPEN = 0;
const HELD = 1;
const DECIDED = 2;

/** A producer that ignores backpressure while a head is held is cut off here. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

const INTERNAL_ERROR: Reply = {
  status: 500,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body: 'Internal Server Error',
};

/**
 * Stands between the application and a response. It remembers the head until the first byte, asks its hooks (the innermost
 * first) what to make of both, and passes on what they decide. Nothing is restored afterwards: a decided layer only passes on.
 */
export class Layer implements ResponseHead {
  /** The layer that filters of this response join or nest upon. */
  top: Layer = this;
  readonly below: Methods;
  readonly #res: Response;
  readonly #hooks: Hook[] = [];
  #phase: typeof OPEN | typeof HELD | typeof DECIDED = OPEN;
  /** The application has ended its response. */
  #ended = false;
  /** What the application still writes is dropped. */
  #swallow = false;
  #overtaken = false;
  #flush = false;
  /** The body as the hooks have left it so far, before its stages; undefined where it streams. */
  #whole: Body | undefined;
  /** Whether the application gave its body whole. */
  #given = false;
  #done: Callback | undefined;
  #stages: Stage[] | undefined;
  #sink: Sink | undefined;
  #held: HeldHead | undefined;
  #queue: Held[] | undefined;
  #queuedBytes = 0;

  /** @param ours what the response's methods are while nobody else's patch lies on top. */
  constructor(
    res: Response,
    readonly ours: Methods,
    below: Methods = methodsOf(res),
  ) {
    this.#res = res;
    this.below = below;
  }

  /** Another filter may join: no byte has left and nobody patched the response after us. */
  isOnTop(): boolean {
    const res = this.#res;
    const { ours } = this;
    return this.#phase === OPEN && res.end === ours.end && res.write === ours.write && res.writeHead === ours.writeHead;
  }

  /** @returns the hook's place, for `overtake`. */
  join(onHead: OnHead): number {
    return this.#hooks.push({ onHead, outer: this.#res.getHeaderNames() }) - 1;
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
      setRawFields(res, typeof reason === 'string' ? fields : reason);
    }
    return res;
  }

  write(chunk: unknown, encoding?: BufferEncoding | Callback, done?: Callback): boolean {
    if (typeof encoding === 'function') return this.write(chunk, undefined, encoding);
    if (this.#phase === OPEN) this.#decide(undefined);
    if (this.#swallow) {
      callBack(done);
      return true;
    }
    if (this.#ended && (this.#phase === HELD || this.#sink)) {
      callBack(done, new Error('write after end'));
      return false;
    }
    if (this.#phase === HELD) return this.#hold({ chunk, encoding, done, last: false });
    return this.#sink
      ? this.#sink.write(chunk, encoding, done)
      : this.below.write.call(this.#res, chunk, encoding, done);
  }

  end(chunk?: unknown, encoding?: BufferEncoding | Callback, done?: Callback): Response {
    const res = this.#res;
    if (typeof chunk === 'function') return this.end(undefined, undefined, chunk as Callback);
    if (typeof encoding === 'function') return this.end(chunk, undefined, encoding);
    if (this.#phase === DECIDED && !this.#swallow && !this.#sink) {
      this.below.end.call(res, chunk, encoding, done);
    } else if (this.#swallow || this.#ended) {
      callBack(done);
    } else {
      this.#ended = true;
      if (this.#sink) this.#sink.end(chunk, encoding, done);
      else if (this.#phase === HELD) this.#hold({ chunk, encoding, done, last: true });
      else this.#decide(wholeOf(chunk, encoding), done);
    }
    return res;
  }

  flushHeaders(): void {
    if (this.#phase === OPEN) this.#decide(undefined);
    if (this.#phase === HELD) this.#flush = true;
    else if (!this.#swallow) this.below.flushHeaders.call(this.#res);
  }

  /** An answer from the filter at `place`, if the head has not left yet. What is further out sees it as any other. */
  overtake(reply: Reply, place: number): void {
    const res = this.#res;
    if (this.#phase !== OPEN || res.headersSent || isClosed(res)) return;
    this.#overtaken = this.#ended = true;
    this.#apply({ answer: reply }, place);
    this.#ask(place - 1);
  }

  // What hooks see as the head: the response, or its held copy.

  get statusCode(): number {
    return (this.#held ?? this.#res).statusCode;
  }
  set statusCode(status: number) {
    (this.#held ?? this.#res).statusCode = status;
  }
  getHeader(name: string) {
    return this.#res.getHeader(name);
  }
  getHeaders() {
    return this.#res.getHeaders();
  }
  setHeader(name: string, value: number | string | readonly string[]): void {
    (this.#held ?? this.#res).setHeader(name, value);
  }
  removeHeader(name: string): void {
    (this.#held ?? this.#res).removeHeader(name);
  }

  // From the first byte to a decision.

  #decide(whole: Body | undefined, done?: Callback): void {
    const res = this.#res;
    // Patches of others that lie inside of ours speak before us.
    if (res.writeHead !== this.ours.writeHead) res.writeHead(res.statusCode);
    this.#given = whole !== undefined;
    this.#whole = whole;
    this.#done = done;
    this.#ask(this.#hooks.length - 1);
  }

  #ask(from: number): void {
    for (let place = from; place >= 0; place--) {
      try {
        const action = this.#hooks[place]!.onHead(this, this.#stages ? undefined : this.#whole);
        if (action === undefined) continue;
        if (isPromise(action)) return this.#wait(action, place);
        this.#apply(action, place);
      } catch (error) {
        this.#fail(error, place);
      }
    }
    this.#settle();
  }

  #wait(action: Promise<BodyAction | undefined>, place: number): void {
    this.#phase = HELD;
    // Where the body streams, an error must cut it off: the application is told that the head has left.
    const streams = !this.#ended;
    this.#held ??= new HeldHead(this.#res, () => streams);
    action
      .then((settled) => this.#apply(settled, place))
      .catch((error) => this.#fail(error, place))
      .then(() => this.#ask(place - 1))
      .catch((error) => destroyBy(this.#res, error, 'onHead'));
  }

  #apply(action: BodyAction | undefined, place: number): void {
    if (action === undefined) return;
    if ('answer' in action) {
      const { status, body = '' } = action.answer;
      const { outer } = this.#hooks[place]!;
      for (const name in this.getHeaders()) if (!outer.includes(name)) this.removeHeader(name);
      this.statusCode = status;
      setFields(this, action.answer);
      this.#replace(body);
    } else if ('replace' in action) {
      this.#replace(action.replace);
    } else if ('tap' in action && this.#whole !== undefined && !this.#stages) {
      if (this.#whole.length > 0) action.tap(toBuffer(this.#whole));
      action.end();
    } else {
      if ('through' in action) this.removeHeader('Content-Length');
      this.#stages = [...(this.#stages ?? []), action];
    }
  }

  #replace(body: Body): void {
    for (const stage of this.#stages ?? []) if ('through' in stage) stage.through.destroy();
    this.#stages = undefined;
    this.#whole = body;
    // A trailer can't follow a body of known length.
    for (const name of ['Transfer-Encoding', 'Trailer']) this.removeHeader(name);
    const { statusCode } = this;
    if (statusCode === 204 || statusCode === 304) this.removeHeader('Content-Length');
    else this.setHeader('Content-Length', Buffer.byteLength(body));
  }

  #fail(error: unknown, place: number): void {
    hookError.publish({ error, hook: 'onHead' });
    this.#apply({ answer: INTERNAL_ERROR }, place);
  }

  #settle(): void {
    const res = this.#res;
    this.#held?.release();
    this.#held = undefined;
    this.#phase = DECIDED;
    const queue = this.#queue ?? [];
    this.#queue = undefined;
    if (this.#stages) this.#sink = connect(res, this.#stages, this.below);
    // The first byte may come out of a stage much later; the head is final now.
    if (this.#stages?.some((stage) => 'through' in stage)) this.below.writeHead.call(res, res.statusCode);
    if (this.#whole !== undefined) this.#sendWhole(this.#whole, queue);
    else this.#sendStream(queue);
    if (queue.length > 0 && !this.#ended) res.emit('drain');
  }

  #sendWhole(whole: Body, queue: readonly Held[]): void {
    const res = this.#res;
    const body = whole === '' ? undefined : whole;
    if (this.#sink) this.#sink.end(body, 'utf8', this.#done);
    else this.below.end.call(res, body, 'utf8', this.#done);
    this.#swallow = this.#overtaken || !this.#given;
    // The application's late `res.set` would throw, and an Express error handler then cuts a connection that others use.
    if (this.#overtaken) new HeldHead(res, () => !isClosed(res));
    for (const { done } of queue) callBack(done);
  }

  #sendStream(queue: readonly Held[]): void {
    const res = this.#res;
    if (this.#flush) this.below.flushHeaders.call(res);
    const sink = this.#sink ?? connect(res, [], this.below);
    for (const { chunk, encoding, done, last } of queue) {
      if (last) sink.end(chunk, encoding, done);
      else sink.write(chunk, encoding, done);
    }
  }

  #hold(call: Held): boolean {
    const { chunk } = call;
    this.#queuedBytes += (chunk as { length?: number } | undefined)?.length ?? 0;
    if (this.#queuedBytes > MAX_HELD_BYTES) {
      destroyBy(this.#res, new Error(`more than ${MAX_HELD_BYTES} bytes were written while the head was held`), 'onHead');
    } else (this.#queue ??= []).push(call);
    return false;
  }
}

const isPromise = (action: object): action is Promise<BodyAction | undefined> => 'then' in action;

function callBack(done: Callback | undefined, error?: Error): void {
  if (done) process.nextTick(done, error);
}

/** What hooks get of a body that was given whole: a string where it is UTF-8, the very object where it is a Buffer. */
function wholeOf(chunk: unknown, encoding: BufferEncoding | undefined): Body {
  if (chunk === undefined || chunk === null) return '';
  const isUtf8 = encoding === undefined || encoding === null || /^utf-?8$/i.test(encoding);
  return typeof chunk === 'string' && isUtf8 ? chunk : toBuffer(chunk, encoding);
}
