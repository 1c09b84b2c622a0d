import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ShopError } from './errors';

/** What is known of an uploaded picture; the picture itself isn't kept. */
export interface Receipt {
  readonly type: string;
  readonly bytes: number;
  readonly sha256: string;
}

export const MAX_UPLOAD_BYTES = 4 * 1024 * 1024;

const PICTURE = /^image\/(?:avif|gif|jpeg|png|webp)$/;
const received = new WeakMap<IncomingMessage, number>();

/**
 * Hashes a picture as it arrives; memory stays flat.
 * @throws {ShopError} 415 for what is no picture, 413 beyond {@link MAX_UPLOAD_BYTES}, 400 where the client left.
 */
export async function receivePicture(req: IncomingMessage): Promise<Receipt> {
  const type = req.headers['content-type'] ?? '';
  if (!PICTURE.test(type))
    throw new ShopError(415, 'Send a picture: Content-Type image/png, image/jpeg or the like.');
  if (Number(req.headers['content-length'] ?? 0) > MAX_UPLOAD_BYTES) throw tooLarge();
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunksOf(req)) {
    bytes += chunk.length;
    received.set(req, bytes);
    if (bytes > MAX_UPLOAD_BYTES) throw tooLarge();
    hash.update(chunk);
  }
  return { type, bytes, sha256: hash.digest('hex') };
}

/** What an upload will cost, in KiB, by what it says of itself; the most where it says nothing. */
export function announcedKiB({ headers }: IncomingMessage): number {
  const bytes =
    headers['content-length'] === undefined ? MAX_UPLOAD_BYTES : Number(headers['content-length']);
  return toKiB(Math.min(bytes, MAX_UPLOAD_BYTES));
}

/** What an upload has cost, in KiB; 1 where nothing of it was read. */
export const receivedKiB = (req: IncomingMessage): number => toKiB(received.get(req) ?? 0);

const toKiB = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));

const tooLarge = () =>
  new ShopError(413, `A picture may have at most ${MAX_UPLOAD_BYTES / 1024 / 1024} MiB.`);

async function* chunksOf(req: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    // The connection outlives a refusal, to carry its answer.
    yield* req.iterator({ destroyOnReturn: false });
  } catch {
    throw new ShopError(400, 'The upload was cut off.');
  }
}
