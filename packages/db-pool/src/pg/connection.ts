import type { Client, FieldDef, Query } from 'pg';
import type { Connection, Job, QueryResult, TransactionState } from '../driver';
import { ConnectionLostError } from '../errors';
import { sendCancel } from './cancel';
import { PreparedStatements } from './prepared';
import { PipelinedQuery, pipelinedFor, type QueryClass } from './query';
import { type ReadRow, rowReader, type TypeParsers } from './row-reader';
import type { PgSession } from './session';
import type { Wire, WireClient, WireError } from './wire';

const STATES: Readonly<Record<string, TransactionState>> = { I: 'none', T: 'open', E: 'failed' };

/** What a client says of its own accord. */
const MESSAGES = ['notification', 'notice'];

export interface PgConnectionSettings {
  /** Whether statements may stay prepared. */
  readonly prepares: boolean;
  /** Makes a client for the order to cancel, which needs a socket of its own. */
  readonly makeClient: () => Client;
  /** Gives the client back, or ends it; resolves once it is gone. */
  readonly end: (client: Client, isBusy: boolean) => Promise<void>;
  readonly onLost: (error: Error) => void;
}

/** One of pg's clients, connected, as a pool needs it. */
export class PgConnection implements Connection<Client>, PgSession {
  readonly prepared = new PreparedStatements();
  readonly prepares: boolean;
  readonly #client: Client;
  readonly #wire: Wire;
  readonly #settings: PgConnectionSettings;
  readonly #Query: typeof PipelinedQuery;
  readonly #parserOf: TypeParsers;
  readonly #uncork: () => void;
  #isCorked = false;
  /** Those of `MESSAGES` from before somebody used the client itself. */
  #listeners: readonly (readonly unknown[])[] | undefined;
  #inFlight = 0;
  /** Whether the statement that is answered next may have run. */
  #mayHaveRun = false;
  #lost: ConnectionLostError | undefined;
  /** Its end, once somebody wanted that. */
  #gone: Promise<void> | undefined;

  constructor(client: Client, settings: PgConnectionSettings) {
    this.#client = client;
    this.#wire = (client as unknown as WireClient).connection;
    this.#settings = settings;
    this.#Query = pipelinedFor((client.constructor as unknown as { readonly Query: QueryClass }).Query);
    this.prepares = settings.prepares;
    this.#parserOf = client.getTypeParser.bind(client) as TypeParsers;
    this.#uncork = () => {
      this.#isCorked = false;
      this.#wire.stream.uncork();
    };
    this.isPipelined = true;
    this.#wire.on('bindComplete', () => {
      this.#mayHaveRun = true;
    });
    client.on('error', (error) => void this.lose(error));
    client.on('end', () => void this.lose(new Error('The server has closed the connection')));
  }

  get native(): Client {
    return this.#client;
  }

  get isPipelined(): boolean {
    return (this.#client as unknown as WireClient).pipeline;
  }

  set isPipelined(isPipelined: boolean) {
    (this.#client as unknown as WireClient).pipeline = isPipelined;
    if (isPipelined) this.#dropListeners();
    else this.#listeners ??= MESSAGES.map((event) => this.#client.listeners(event));
  }

  /** Of whoever used the client itself: what others are told later isn't theirs. */
  #dropListeners(): void {
    this.#listeners?.forEach((known, i) => {
      const event = MESSAGES[i]!;
      for (const listener of this.#client.listeners(event))
        if (!known.includes(listener)) this.#client.off(event, listener as () => void);
    });
    this.#listeners = undefined;
  }

  get isOccupied(): boolean {
    const { _activeQuery: active } = this.#client as unknown as WireClient;
    return active != null && !PipelinedQuery.isOne(active);
  }

  get transaction(): TransactionState {
    return STATES[this.#client.getTransactionStatus() ?? 'I'] ?? 'none';
  }

  run(job: Job): void {
    this.#inFlight++;
    this.#submit(new this.#Query(this, job));
  }

  rerun(job: Job): void {
    this.#mayHaveRun = false;
    this.#submit(new this.#Query(this, job, true));
  }

  #submit(query: PipelinedQuery): void {
    this.#client.query(query as unknown as Query);
  }

  settle(job: Job, error: unknown, result?: QueryResult): void {
    const isSpared = error !== undefined && error === this.#lost && this.#hasNotRun(job);
    this.#inFlight--;
    this.#mayHaveRun = false;
    job.done(isSpared ? new ConnectionLostError(this.#lost!.cause, false) : error, result);
  }

  /** The simple protocol, which a session's statement may be sent by, tells nothing before the end. */
  #hasNotRun({ statement }: Job): boolean {
    return !this.#mayHaveRun && statement.kind !== 'session' && isFarewell(this.#lost!.cause as WireError);
  }

  rowReader(fields: readonly FieldDef[]): ReadRow {
    return rowReader(fields, this.#parserOf);
  }

  cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#wire.stream.cork();
    process.nextTick(this.#uncork);
  }

  cancel(): Promise<void> {
    return sendCancel(this.#client as unknown as WireClient, this.#settings.makeClient());
  }

  close(): Promise<void> {
    this.#gone ??= this.#settings.end(this.#client, this.#inFlight > 0);
    return this.#gone;
  }

  lose(cause: Error): ConnectionLostError {
    if (this.#lost) return this.#lost;
    this.#lost = new ConnectionLostError(cause);
    if (!this.#gone) this.#tell(this.#lost);
    return this.#lost;
  }

  /** After the jobs that were on it: pg fails each in a tick of its own. */
  #tell(lost: ConnectionLostError): void {
    if (this.#inFlight === 0) this.#settings.onLost(lost);
    else setImmediate(this.#settings.onLost, lost);
  }
}

/**
 * What a server says that ends a connection by order. It comes in line with the answers: what has had none by then has not begun. A pooler's own
 * goodbye says nothing of that, and names no routine.
 */
const isFarewell = ({ code, routine }: WireError): boolean =>
  code === '57P01' && routine === 'ProcessInterrupts';
