/** A Buffer of no bytes has no memory either, and Node 22 binds it as NULL. */
const NO_BYTES = new Uint8Array(0);

/** What both clients bind. */
export type Bound = string | number | bigint | Uint8Array | null;

/**
 * A value as SQLite may keep it: a Date as its ISO text, a boolean as 0 or 1, what isn't given as NULL, an
 * object or an array as JSON.
 * @throws {TypeError} for a function or a symbol.
 */
export function toBound(value: unknown): Bound {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'undefined':
      return null;
    case 'object':
      return toBoundObject(value);
    default:
      throw new TypeError(`A value must be something to keep, got a ${typeof value}`);
  }
}

function toBoundObject(value: object | null): Bound {
  if (value === null) return null;
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return toBytes(value);
  return JSON.stringify(value);
}

function toBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return byteLength === 0 ? NO_BYTES : Buffer.from(buffer, byteOffset, byteLength);
}

/** A value of a row: an integer is a bigint only where no number is exact, and bytes are a Buffer. */
export function fromColumn(value: unknown): unknown {
  if (typeof value === 'bigint') return toNumber(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return value;
}

/** The number, where it is exact. */
export function toNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
