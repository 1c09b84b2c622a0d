import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { Readable, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { RawConnection } from './raw-connection';

export interface RequestOptions {
  /** @default 'GET' */
  readonly method?: string;
  /** @default '/' */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer | Readable;
}

/** A response whose body is still to be read. */
export interface Incoming {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values as they came, one after the other; of HTTP/1.1 only. */
  readonly rawHeaders: readonly string[];
  /** The reason phrase of HTTP/1.1. */
  readonly reason: string;
  /** Statuses of the 1xx responses before it. */
  readonly informational: readonly number[];
  readonly stream: Readable;
  readonly trailers: () => Readonly<Record<string, unknown>>;
}

/** A response read to its end. */
export interface Got extends Omit<Incoming, 'stream' | 'trailers'> {
  readonly body: Buffer;
  readonly text: string;
  readonly trailers: Readonly<Record<string, unknown>>;
}

export interface Opened {
  /** Rejects where the connection ends before the head has come. */
  readonly response: Promise<Incoming>;
  /** The client leaves. */
  abort(): void;
}

const TIMEOUT_MS = 4000;

/** A client for one test server, on a connection a request over HTTP/1.1 and on one session over HTTP/2. */
export class Client {
  readonly port: number;
  readonly #http2: boolean;
  #session: ClientHttp2Session | undefined;

  constructor(port: number, http2: boolean) {
    this.port = port;
    this.#http2 = http2;
  }

  /** Sends a request without body and reads the response to its end. */
  get(path = '/', headers: NonNullable<RequestOptions['headers']> = {}): Promise<Got> {
    return this.send({ path, headers });
  }

  /** Reads the response to its end; rejects where it is cut off. */
  async send(options: RequestOptions): Promise<Got> {
    const { stream, trailers, ...head } = await this.open(options).response;
    const body = await buffer(stream);
    return { ...head, body, text: body.toString(), trailers: trailers() };
  }

  /** Sends a request and leaves the response to the caller: to read it slowly, or to leave. */
  open(options: RequestOptions): Opened {
    const opened = this.#http2 ? this.#openHttp2(options) : openHttp1(this.port, options);
    // Who only aborts doesn't look at the response.
    opened.response.catch(() => {});
    return opened;
  }

  /** A bare connection, for what a client library doesn't do: pipelining, reading nothing at all. */
  connect(): RawConnection {
    return new RawConnection(connect(this.port, '127.0.0.1'));
  }

  close(): void {
    this.#session?.destroy();
  }

  #openHttp2({ method = 'GET', path = '/', headers = {}, body }: RequestOptions): Opened {
    this.#session ??= connectHttp2(`http://127.0.0.1:${this.port}`).on('error', () => {});
    const stream = this.#session.request(
      { ':method': method, ':path': path, ...headers },
      { endStream: body === undefined },
    );
    const informational: number[] = [];
    let trailers = {};
    stream.on('headers', (fields) => informational.push(Number(fields[':status'])));
    stream.on('trailers', (fields) => {
      trailers = fields;
    });
    const response = new Promise<Incoming>((resolve, reject) => {
      stream.once('response', (fields) =>
        resolve({
          status: Number(fields[':status']),
          headers: fields as IncomingHttpHeaders,
          rawHeaders: [],
          reason: '',
          informational,
          stream,
          trailers: () => trailers,
        }),
      );
      stream.once('error', reject);
      stream.once('close', () => reject(new Error('closed before its head')));
    });
    stream.setTimeout(TIMEOUT_MS, () => stream.destroy(new Error('the server is silent')));
    sendBody(stream, body);
    return { response, abort: () => stream.close(constants.NGHTTP2_CANCEL) };
  }
}

function openHttp1(port: number, { method = 'GET', path = '/', headers = {}, body }: RequestOptions): Opened {
  const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false });
  const informational: number[] = [];
  request.on('information', ({ statusCode }) => informational.push(statusCode));
  const response = new Promise<Incoming>((resolve, reject) => {
    request.once('response', (stream) =>
      resolve({
        status: stream.statusCode!,
        headers: stream.headers,
        rawHeaders: stream.rawHeaders,
        reason: stream.statusMessage!,
        informational,
        stream,
        trailers: () => stream.trailers,
      }),
    );
    request.on('error', reject);
  });
  request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error('the server is silent')));
  sendBody(request, body);
  return { response, abort: () => void request.destroy() };
}

function sendBody(to: Writable, body: RequestOptions['body']): void {
  if (body instanceof Readable) body.pipe(to);
  else to.end(body);
}
