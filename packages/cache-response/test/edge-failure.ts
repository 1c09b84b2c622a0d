import { EdgeError } from '../dist/edge';

/** What a purge was rejected with. */
export async function failureOf(purged: Promise<void>): Promise<EdgeError> {
  const error = await purged.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EdgeError);
  return error as EdgeError;
}
