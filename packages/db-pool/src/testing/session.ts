import type { Connection, ConnectOptions, Driver, Job, QueryResult, Statement } from '../driver';
import type { DriverSubject } from './subject';

/** More than a connection that is wanted ever takes. */
const CONNECT_MS = 10_000;

/** A connection, as the claims talk to it. */
export class Session {
  constructor(
    readonly driver: Driver,
    readonly connection: Connection,
    /** What has been told of its loss. */
    readonly losses: readonly Error[],
  ) {}

  statement(text: string, slot?: number): Statement {
    return { text, kind: this.driver.dialect.kindOf(text), slot };
  }

  /** Sends it at once. */
  ask(text: string | Statement, ...values: readonly unknown[]): Promise<QueryResult> {
    const statement = typeof text === 'string' ? this.statement(text) : text;
    return new Promise((resolve, reject) => {
      const done: Job['done'] = (error, result) => (error === undefined ? resolve(result!) : reject(error));
      this.connection.run({ statement, values, done });
    });
  }

  /** The only column of the only row. */
  async value(text: string | Statement, ...values: readonly unknown[]): Promise<unknown> {
    const { rows } = await this.ask(text, ...values);
    return Object.values(rows[0] ?? {})[0];
  }
}

export async function connect(driver: Driver, options: Partial<ConnectOptions> = {}): Promise<Session> {
  const losses: Error[] = [];
  const connection = await driver.connect({
    timeoutMs: CONNECT_MS,
    statementTimeoutMs: Number.POSITIVE_INFINITY,
    onLost: (error) => losses.push(error),
    ...options,
  });
  return new Session(driver, connection, losses);
}

/** A claim about a connection, which is closed behind it. */
export const withSession =
  (show: (session: Session, subject: DriverSubject) => unknown) => async (subject: DriverSubject) => {
    const session = await connect(subject.driver);
    try {
      await show(session, subject);
    } finally {
      await session.connection.close();
    }
  };

/** The end of this turn of the event loop, and of what it has set off. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
