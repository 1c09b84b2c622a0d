/** What a user's function gives, now or later. A filter stays synchronous as long as they all do. */
export type Maybe<Value> = Value | Promise<Value>;

export const isLater = <Value>(value: Maybe<Value>): value is Promise<Value> =>
  typeof (value as Promise<Value> | undefined | null)?.then === 'function';

/** `then` without a promise where none is needed. */
export const chain = <Value, Result>(
  value: Maybe<Value>,
  next: (value: Value) => Maybe<Result>,
): Maybe<Result> => (isLater(value) ? value.then(next) : next(value));

/** What all functions give, at once where all are there. */
export function collect<Value>(calls: readonly (() => Maybe<Value>)[]): Maybe<readonly Value[]> {
  const values: Maybe<Value>[] = [];
  for (const call of calls) {
    try {
      values.push(call());
    } catch (error) {
      if (!values.some(isLater)) throw error;
      // Beside a promise it must be one too, or that promise's own rejection would go unhandled.
      values.push(Promise.reject(error));
    }
  }
  return values.some(isLater) ? Promise.all(values) : (values as Value[]);
}
