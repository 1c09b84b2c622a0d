import type { Hooks } from '../filter';
import type { Hook } from './decision';
import { Layer } from './layer';
import { type Below, type Methods, methodsOf, type Response } from './response';

// Not Symbol.for: a second copy of this package nests upon the first, it can't join it.
const LAYER = Symbol('spillway.layer');

type Layered = Response & { [LAYER]?: Layer };

/** One set of functions for all responses: a closure each would cost eight times as much. */
const SHARED: Methods = {
  writeHead(this: Layered, status, reason, fields) {
    return this[LAYER]!.writeHead(status, reason, fields);
  },
  write(this: Layered, chunk, encoding, done) {
    return this[LAYER]!.write(chunk, encoding, done);
  },
  end(this: Layered, chunk, encoding, done) {
    return this[LAYER]!.end(chunk, encoding, done);
  },
  flushHeaders(this: Layered) {
    this[LAYER]!.flushHeaders();
  },
  flush(this: Layered) {
    this[LAYER]!.flush();
  },
};

interface Extended {
  readonly ours: Methods;
  readonly native: Below;
}
/** Prototypes that carry our methods, by their `end`. */
const extended = new WeakMap<Methods['end'], Extended>();

/** The layer that this response's next reply has to pass from the inside, if any. */
export function innerLayer(res: Layered): Layer | undefined {
  const top = res[LAYER]?.top;
  return top?.isOnTop() ? top : undefined;
}

const NOBODY: readonly Hooks[] = [];

/** The hooks of all layers of a response, the outermost first. */
export function attachedHooks(res: Layered | undefined): readonly Hooks[] {
  const first = res?.[LAYER];
  if (first === undefined) return NOBODY;
  const attached: Hooks[] = [];
  for (let layer: Layer | undefined = first.top; layer; layer = layer.inside)
    attached.unshift(...layer.hooks.flatMap((hook) => hook.of ?? []));
  return attached;
}

/**
 * Has a hook asked before the first byte of this response. It joins the layer that is there, unless somebody else patched
 * the response after us: then it nests, or it would see bytes in the wrong order.
 * @returns the layer joined and the hook's place in it.
 */
export function intercept(res: Layered, hook: Hook): { layer: Layer; place: number } {
  const first = res[LAYER];
  const layer = first === undefined ? begin(res) : first.top.isOnTop() ? first.top : nest(res, first);
  return { layer, place: layer.join(hook) };
}

function begin(res: Layered): Layer {
  const base = extended.get(res.end as Methods['end']);
  const onPrototype = base && res.write === base.ours.write && res.writeHead === base.ours.writeHead;
  const layer = onPrototype ? new Layer(res, base.ours, base.native) : new Layer(res, SHARED);
  if (!onPrototype) Object.assign(res, SHARED);
  res[LAYER] = layer;
  return layer;
}

function nest(res: Layered, first: Layer): Layer {
  const ours: Methods = {
    writeHead: (status, reason, fields) => layer.writeHead(status, reason, fields),
    write: (chunk, encoding, done) => layer.write(chunk, encoding, done),
    end: (chunk, encoding, done) => layer.end(chunk, encoding, done),
    flushHeaders: () => layer.flushHeaders(),
    flush: () => layer.flush(),
  };
  const layer = new Layer(res, ours);
  layer.inside = first.top;
  first.top = layer;
  Object.assign(res, ours);
  return layer;
}

/**
 * Once for an application, on a response prototype that is its own to extend (Express's `app.response`): each own property
 * costs an Express response more than the rest of the interception, and with this it has one.
 */
export function extendPrototype(prototype: Response): void {
  if (extended.has(prototype.end as Methods['end'])) return;
  const native = methodsOf(prototype);
  /** A layer that began on other patches has methods of its own above these, which pass on to node here. */
  const layerOf = (res: Layered) => (res[LAYER]?.below === native ? res[LAYER] : undefined);
  const ours: Methods = {
    writeHead(this: Layered, status, reason, fields) {
      const layer = layerOf(this);
      return layer
        ? layer.writeHead(status, reason, fields)
        : native.writeHead.call(this, status, reason, fields);
    },
    write(this: Layered, chunk, encoding, done) {
      const layer = layerOf(this);
      return layer ? layer.write(chunk, encoding, done) : native.write.call(this, chunk, encoding, done);
    },
    end(this: Layered, chunk, encoding, done) {
      const layer = layerOf(this);
      return layer ? layer.end(chunk, encoding, done) : native.end.call(this, chunk, encoding, done);
    },
    flushHeaders(this: Layered) {
      const layer = layerOf(this);
      return layer ? layer.flushHeaders() : native.flushHeaders.call(this);
    },
    flush(this: Layered) {
      const layer = layerOf(this);
      return layer ? layer.flush() : native.flush?.call(this);
    },
  };
  Object.assign(prototype, ours);
  extended.set(ours.end, { ours, native });
}
