import type { FieldDef } from 'pg';

/** What is used of pg's own connection, beside what its types tell. */
export interface Wire {
  readonly stream: {
    cork(): void;
    uncork(): void;
    write(chunk: Buffer): boolean;
    destroy(error?: Error): void;
    readonly destroyed: boolean;
  };
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
  query(text: string): void;
  parse(message: { name: string; text: string; types?: undefined }): void;
  bind(message: { statement: string; values: readonly (Buffer | string | null)[] }): void;
  close(message: { type: 'S'; name: string }): void;
  sendCopyFail(reason: string): void;
  on(event: 'bindComplete', listener: () => void): void;
  once(event: 'connect' | 'sslconnect' | 'end' | 'error', listener: (error?: Error) => void): void;
}

/** What is used of pg's client, beside what its types tell. */
export interface WireClient {
  readonly connection: Wire;
  readonly host: string;
  readonly port: number;
  readonly ssl: unknown;
  readonly sslNegotiation?: string;
  readonly processID: number | null;
  readonly secretKey: number | null;
  pipeline: boolean;
  /** Whose answer is awaited. */
  readonly _activeQuery: object | null | undefined;
}

/** An error of the database itself has a severity; one of the socket has none. */
export interface WireError extends Error {
  readonly code?: string;
  readonly severity?: string;
  readonly routine?: string;
}

export interface RowDescription {
  readonly fields: readonly FieldDef[];
}

export interface DataRow {
  readonly fields: readonly (string | null)[];
}

export interface CommandComplete {
  /** `SELECT 1`, `INSERT 0 1`, `COMMIT`. */
  readonly text: string;
}

// Messages that never differ (PostgreSQL, 55.7): describe the unnamed portal; execute it to its last row, then Sync.
export const DESCRIBE = Buffer.from([0x44, 0, 0, 0, 6, 0x50, 0]);
export const EXECUTE_AND_SYNC = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);
