import type { FieldDef } from 'pg';
import { prepareValue } from 'pg/lib/utils';
import type { Job, QueryResult, Row } from '../driver';
import { nameOf, type Prepared } from './prepared';
import type { PgSession } from './session';
import {
  type CommandComplete,
  type DataRow,
  DESCRIBE,
  EXECUTE_AND_SYNC,
  type RowDescription,
  type Wire,
  type WireError,
} from './wire';

/** Tells pg that a job can't be sent. What its caller is told is whatever the value has thrown, nothing and zero included. */
const NOT_SENT = new Error('One of the values can not be sent');

/** As pg's own results, as far as anybody reads them. */
export interface PgResult extends QueryResult {
  readonly command: string | null;
  readonly fields: readonly FieldDef[];
}

/**
 * A job on its way, as pg's clients take a query. Against pg's own: what a prepared statement gives is described once a connection, and what
 * is sent in one turn leaves as one packet.
 */
export class PipelinedQuery {
  /** pg keeps names of its own; a slot is ours. */
  readonly name = undefined;
  readonly #session: PgSession;
  readonly #job: Job;
  readonly #isRerun: boolean;
  #prepared: Prepared | undefined;
  #hasParsed = false;
  #rows: Row[] = [];
  #fields: readonly FieldDef[] = [];
  #readRow: Prepared['readRow'];
  #tag = '';
  #fault: unknown;

  constructor(session: PgSession, job: Job, isRerun = false) {
    this.#session = session;
    this.#job = job;
    this.#isRerun = isRerun;
  }

  static isOne(query: object): boolean {
    return #job in query;
  }

  /** @returns what is wrong with the job; nothing has been sent then. */
  submit(wire: Wire): Error | null {
    const { statement, values } = this.#job;
    // Only the simple protocol takes several statements in one text. What shares a connection must be one.
    if (statement.kind === 'session' && values?.length === 0) {
      wire.query(statement.text);
      return null;
    }
    let bound: readonly (Buffer | string | null)[];
    try {
      bound = values.map((value) => prepareValue(value));
    } catch (error) {
      this.#fault = error ?? new Error('A value has thrown nothing');
      return NOT_SENT;
    }
    this.#session.cork();
    const name = this.#parse(wire);
    wire.bind({ statement: name, values: bound });
    if (!this.#prepared?.isDescribed) wire.stream.write(DESCRIBE);
    wire.stream.write(EXECUTE_AND_SYNC);
    return null;
  }

  #parse(wire: Wire): string {
    const { statement } = this.#job;
    if (statement.slot === undefined || !this.#session.prepares) {
      wire.parse({ name: '', text: statement.text });
      return '';
    }
    const name = nameOf(statement);
    this.#prepared = this.#session.prepared.find(statement);
    if (this.#prepared) {
      this.#readRow = this.#prepared.readRow;
      this.#fields = this.#prepared.fields;
      return name;
    }
    this.#hasParsed = true;
    this.#prepared = this.#session.prepared.add(statement);
    // Another statement had the slot, or this one was left there by a failure. To close none is no error.
    wire.close({ type: 'S', name });
    wire.parse({ name, text: statement.text });
    return name;
  }

  handleRowDescription({ fields }: RowDescription): void {
    this.#fields = fields;
    this.#readRow = this.#session.rowReader(fields);
    // Of several statements in one text the last one's rows are the result.
    this.#rows = [];
    if (!this.#prepared) return;
    this.#prepared.fields = fields;
    this.#prepared.readRow = this.#readRow;
  }

  handleDataRow({ fields }: DataRow): void {
    if (this.#fault !== undefined) return;
    try {
      this.#rows.push(this.#readRow!(fields));
    } catch (error) {
      this.#fault = error ?? new Error('A type parser has thrown nothing');
    }
  }

  handleCommandComplete({ text }: CommandComplete): void {
    this.#tag = text;
    // By now: what gives rows has said which before them.
    if (this.#prepared) this.#prepared.isDescribed = true;
    // The server has dropped what it kept.
    if (text.startsWith('DISCARD') || text.startsWith('DEALLOCATE')) this.#session.prepared.clear();
  }

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  handleCopyInResponse(wire: Wire): void {
    wire.sendCopyFail('COPY FROM STDIN needs the client itself: lease.native');
  }

  handleCopyData(): void {}

  handleReadyForQuery(): void {
    if (this.#fault !== undefined) this.#session.settle(this.#job, this.#fault);
    else this.#session.settle(this.#job, undefined, this.#result());
  }

  handleError(error: WireError): void {
    if (this.#fault !== undefined) return this.#session.settle(this.#job, this.#fault);
    if (isLoss(error)) return this.#session.settle(this.#job, this.#session.lose(error));
    const prepared = this.#prepared;
    if (prepared && (this.#hasParsed || isStale(error))) this.#session.prepared.forget(prepared);
    // Nothing has run where the statement was stale: it is parsed anew. In a transaction it has failed all.
    if (prepared && isStale(error) && !this.#isRerun && this.#session.transaction === 'none')
      return this.#session.rerun(this.#job);
    this.#session.settle(this.#job, error);
  }

  #result(): PgResult {
    const tag = this.#tag;
    const end = tag.indexOf(' ');
    const count = end === -1 ? Number.NaN : Number(tag.slice(tag.lastIndexOf(' ') + 1));
    return {
      command: (end === -1 ? tag : tag.slice(0, end)) || null,
      rowCount: Number.isNaN(count) ? null : count,
      rows: this.#rows,
      fields: this.#fields,
    };
  }
}

/** The class of queries of one copy of npm `pg`: an application may have several. */
export type QueryClass = new (...options: never[]) => object;

const classes = new WeakMap<QueryClass, typeof PipelinedQuery>();

/**
 * A pipelined client takes nothing but queries of its own copy's class.
 * @returns a class whose queries it takes; what the constructor of its own makes isn't used.
 */
export function pipelinedFor(own: QueryClass): typeof PipelinedQuery {
  const found = classes.get(own);
  if (found) return found;
  const made = class extends PipelinedQuery {};
  const methods = Object.getOwnPropertyDescriptors(PipelinedQuery.prototype);
  Object.setPrototypeOf(made.prototype, Object.create(own.prototype, methods));
  classes.set(own, made);
  return made;
}

/** A prepared statement that the server has no more, or whose columns are others by now. */
const isStale = ({ code, routine }: WireError): boolean =>
  code === '26000' || (code === '0A000' && routine === 'RevalidateCachedQuery');

/** Errors of the socket have no severity. */
const isLoss = (error: WireError): boolean =>
  error.severity === undefined || error.severity === 'FATAL' || error.severity === 'PANIC';
