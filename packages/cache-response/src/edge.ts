/** What is out of date at an edge cache. */
export interface EdgePurge {
  /** Responses with any of these tags, as the application names them: whoever tells an edge writes each by `tagOf`. */
  readonly tags?: readonly string[] | undefined;
  /** Each a path with its query, or an address where the host is another than the edge's usual one. */
  readonly urls?: readonly string[] | undefined;
  /** Beginnings of paths, or of addresses. */
  readonly prefixes?: readonly string[] | undefined;
  /** Everything. @default false */
  readonly all?: boolean | undefined;
}

/** Port: a cache in front of the application, such as a CDN or Varnish. */
export interface EdgeCache {
  /** Resolves when all of it is done, and rejects where anything is not. */
  purge(purge: EdgePurge): Promise<void>;
}

/** An edge has not removed all that it was asked to. */
export class EdgeError extends Error {
  readonly code = 'ERR_EDGE';
  constructor(
    message: string,
    /** What is not known to be removed; `purge` takes it again. */
    readonly undone: EdgePurge,
    /** The status that the edge answered; undefined where it didn't answer. */
    readonly status: number | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EdgeError';
  }
}
