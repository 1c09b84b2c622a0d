import type { OutgoingHttpHeaders } from 'node:http';
import { hookError } from '../events';
import type { Body, BodyAction, Hooks, Reply, ResponseHead } from '../filter';
import { setFields } from './fields';
import { HeldHead } from './held-head';
import { type Response, setStatus } from './response';
import { destroyBy, type Step, toBuffer } from './stages';

export interface Hook {
  readonly onHead: NonNullable<Hooks['onHead']>;
  /** The fields set outside of the filter: they stay when it gives an answer of its own. */
  readonly outer: OutgoingHttpHeaders;
  /** Whose it is. */
  readonly of?: Hooks;
}

/** Whoever waits for a decision. */
interface Waiting {
  /** @returns whether the application is still writing its body. */
  hold(): boolean;
  settle(decision: Decision): void;
}

const INTERNAL_ERROR: Reply = {
  status: 500,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
  body: 'Internal Server Error',
};

/**
 * What the hooks of a layer make of a head and its body, the innermost asked first. It is the head that they see: the
 * response, or its held copy while one of them is awaited.
 */
export class Decision implements ResponseHead {
  /** The body as the hooks have left it so far, before its stages; undefined where it streams. */
  whole: Body | undefined;
  stages: Step[] | undefined;
  readonly #res: Response;
  readonly #hooks: readonly Hook[];
  readonly #layer: Waiting;
  #held: HeldHead | undefined;

  constructor(res: Response, hooks: readonly Hook[], layer: Waiting, whole: Body | undefined) {
    this.#res = res;
    this.#hooks = hooks;
    this.#layer = layer;
    this.whole = whole;
  }

  /** Asks the hooks from a place outwards, then settles. */
  ask(from: number): void {
    for (let place = from; place >= 0; place--) {
      try {
        const { onHead, outer } = this.#hooks[place]!;
        const action = onHead(this, this.stages ? undefined : this.whole, outer);
        if (action === undefined) continue;
        if (isPromise(action)) return this.#wait(action, place);
        this.#apply(action, place);
      } catch (error) {
        this.#fail(error, place);
      }
    }
    this.#held?.release();
    this.#held = undefined;
    this.#layer.settle(this);
  }

  /** A reply of the filter at `place`, put to those further out. */
  answer(reply: Reply, place: number): void {
    try {
      this.#apply({ answer: reply }, place);
    } catch (error) {
      this.#fail(error, place);
    }
    this.ask(place - 1);
  }

  get statusCode(): number {
    return (this.#held ?? this.#res).statusCode;
  }
  set statusCode(status: number) {
    setStatus(this.#held ?? this.#res, status);
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

  #wait(action: Promise<BodyAction | undefined>, place: number): void {
    // Where the body streams, an error must cut it off: the application is told that the head has left.
    const streams = this.#layer.hold();
    this.#held ??= new HeldHead(this.#res, () => streams);
    action
      .then((settled) => this.#apply(settled, place))
      .catch((error) => this.#fail(error, place))
      .then(() => this.ask(place - 1))
      .catch((error) => destroyBy(this.#res, error, 'onHead'));
  }

  #apply(action: BodyAction | undefined, place: number): void {
    if (action === undefined) return;
    if ('answer' in action) {
      this.#takeBack(this.#hooks[place]!.outer);
      this.statusCode = action.answer.status;
      setFields(this, action.answer);
      this.#replace(action.answer.body ?? '');
    } else if ('replace' in action) {
      this.#replace(action.replace);
    } else if ('tap' in action && this.whole !== undefined && !this.stages) {
      if (this.whole.length > 0) action.tap(toBuffer(this.whole));
      action.end();
    } else {
      if ('through' in action) this.removeHeader('Content-Length');
      this.stages = [...(this.stages ?? []), action];
    }
  }

  /** What the application said of fields is undone. */
  #takeBack(outer: OutgoingHttpHeaders): void {
    for (const name in this.getHeaders()) if (outer[name] === undefined) this.removeHeader(name);
    for (const name in outer) {
      const before = outer[name]!;
      if (this.getHeader(name) !== before) this.setHeader(name, before);
    }
  }

  #replace(body: Body): void {
    const { statusCode } = this;
    // A trailer can't follow a body of known length.
    for (const name of ['Transfer-Encoding', 'Trailer']) this.removeHeader(name);
    if (statusCode === 204 || statusCode === 304) this.removeHeader('Content-Length');
    else this.setHeader('Content-Length', Buffer.byteLength(body));
    for (const stage of this.stages ?? []) if ('through' in stage) stage.through.destroy();
    this.stages = undefined;
    this.whole = body;
  }

  #fail(error: unknown, place: number): void {
    hookError.publish({ error, hook: 'onHead' });
    this.#apply({ answer: INTERNAL_ERROR }, place);
  }
}

const isPromise = (action: object): action is Promise<BodyAction | undefined> => 'then' in action;
