import { randomBytes } from 'node:crypto';
import { ShopError } from './errors';

interface Session {
  readonly user: string;
  readonly endsAt: number;
}

export interface SessionOptions {
  /** Sessions kept; one more ends the oldest. @default 10_000 */
  readonly maxSessions?: number;
  /** Milliseconds from login to its end. @default 3_600_000 */
  readonly ttlMs?: number;
  /** Milliseconds that only grow. @default performance.now */
  readonly now?: () => number;
}

/** Who is logged in, by random token. */
export class Sessions {
  // In the order of their making: the first is the oldest, and the first to end.
  readonly #byToken = new Map<string, Session>();
  readonly #maxSessions: number;
  readonly #ttlMs: number;
  readonly #now: () => number;

  constructor({
    maxSessions = 10_000,
    ttlMs = 3_600_000,
    now = () => performance.now(),
  }: SessionOptions = {}) {
    this.#maxSessions = maxSessions;
    this.#ttlMs = ttlMs;
    this.#now = now;
  }

  /** @returns the token that stands for the user from now on. */
  open(user: string): string {
    const [oldest] = this.#byToken.keys();
    if (oldest !== undefined && this.#byToken.size >= this.#maxSessions) this.#byToken.delete(oldest);
    const token = randomBytes(24).toString('base64url');
    this.#byToken.set(token, { user, endsAt: this.#now() + this.#ttlMs });
    return token;
  }

  /**
   * The user behind an Authorization field (`Bearer <token>`).
   * @throws {ShopError} 401 where there is none.
   */
  userOf(authorization: string | undefined): string {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    const session = this.#byToken.get(token);
    if (session && session.endsAt > this.#now()) return session.user;
    this.#byToken.delete(token);
    throw new ShopError(401, 'Log in first, and send its token: Authorization: Bearer <token>.', {
      'WWW-Authenticate': 'Bearer',
    });
  }
}
