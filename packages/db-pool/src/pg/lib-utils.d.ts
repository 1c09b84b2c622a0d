/** Exported by pg beside its main entry; its types don't tell. */
declare module 'pg/lib/utils' {
  /** A value as the text, or the bytes, that a parameter is sent as. */
  export function prepareValue(value: unknown): Buffer | string | null;
}
