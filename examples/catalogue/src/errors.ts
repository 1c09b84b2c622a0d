import { STATUS_CODES } from 'node:http';

/** A request that the shop can't fulfil, in words for the client. */
export class ShopError extends Error {
  /** True as in http-errors: the message may leave the house. */
  readonly expose = true;
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ShopError';
  }
}

/** What a client may know of an error (RFC 9457). */
export interface ErrorAnswer {
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The answer for any error: the shop's own in full, and so a 503 that says when to come back; a framework's
 * by its status; all else as a 500 that is logged.
 */
export function answerFor(error: unknown): ErrorAnswer {
  const { status = 500, expose, message, headers = {} } = (error ?? {}) as Partial<ShopError>;
  const title = titleOf(status);
  if (error instanceof ShopError || (status === 503 && expose)) {
    return { status, title, detail: message!, headers };
  }
  if ((status >= 400 && status < 500) || status === 503) return { status, title, headers: {} };
  console.error(error);
  return { status: 500, title: titleOf(500), headers: {} };
}

const titleOf = (status: number): string => STATUS_CODES[status] ?? 'Error';
