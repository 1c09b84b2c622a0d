import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The compiled server of an example. */
export const serverOf = (example: string): string => join(__dirname, '../..', example, 'dist/server.js');

// A server outlives its test only until the test's process ends, however that ends.
const ENDS_WITH_PARENT =
  'data:text/javascript,process.once("disconnect",()=>process.exit(1));process.channel.unref()';

/** How a server ended, and what it complained of. */
export interface End {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stderr: string;
}

/** In memory, whatever the tests were started with. */
const OWN_DATABASE = { DATABASE_URL: '' };

function run(script: string, env: NodeJS.ProcessEnv): { child: ChildProcess; end: Promise<End> } {
  const child = spawn(process.execPath, ['--import', ENDS_WITH_PARENT, script], {
    env: { ...process.env, ...OWN_DATABASE, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const chunks: string[] = [];
  child.stderr!.on('data', (chunk) => chunks.push(String(chunk)));
  return { child, end: once(child, 'close').then(([code]) => ({ code, stderr: chunks.join('') })) };
}

/** Runs a server that can't start. */
export const runToEnd = (script: string, env: NodeJS.ProcessEnv): Promise<End> => run(script, env).end;

export interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of a body, it says itself
  readonly json: any;
}

/** What a policy has left, by the RateLimit field. */
export const left = ({ headers }: Pick<Answer, 'headers'>, policy: string): number =>
  Number(new RegExp(`"${policy}";r=(\\d+)`).exec(headers.get('RateLimit') ?? '')?.[1]);

/** A change that the shop's stream of events tells. */
export interface StockEvent {
  readonly id: number;
  readonly product: number;
  readonly stock: number;
}

const STOCK_EVENT = /^id: (\d+)\nevent: stock\ndata: (\{.*\})\n\n/gm;

const eventsIn = (text: string): StockEvent[] =>
  [...text.matchAll(STOCK_EVENT)].map(([, id, data]) => ({ id: Number(id), ...JSON.parse(data!) }));

/** An example that runs as a user would run it. */
export class Server {
  private constructor(
    readonly url: string,
    readonly printed: string,
    private readonly child: ChildProcess,
    private readonly end: Promise<End>,
  ) {}

  /** Starts it on a free port and waits for the address that it prints. */
  static async start(script: string, env: NodeJS.ProcessEnv = {}): Promise<Server> {
    const { child, end } = run(script, { PORT: '0', ...env });
    let printed = '';
    const url = new Promise<string>((resolve) => {
      child.stdout!.on('data', (chunk) => {
        printed += chunk;
        const [address] = /http:\/\/localhost:\d+(?=\n)/.exec(printed) ?? [];
        if (address) resolve(address);
      });
    });
    const ended = end.then(({ code, stderr }) =>
      Promise.reject(new Error(`${script} ended with ${code}: ${stderr}`)),
    );
    return new Server(await Promise.race([url, ended]), printed, child, end);
  }

  async ask(path: string, init?: RequestInit): Promise<Answer> {
    const answer = await fetch(this.url + path, init);
    const text = await answer.text();
    const [type] = answer.headers.get('Content-Type')?.split(';') ?? [];
    return {
      status: answer.status,
      type,
      headers: answer.headers,
      text,
      json: text !== '' && type?.endsWith('json') ? JSON.parse(text) : undefined,
    };
  }

  /** Asks the same so many times, one after the other, and tells the last answer. */
  async askTimes(times: number, path: string, init?: RequestInit): Promise<Answer> {
    for (let i = 1; i < times; i++) expect(await this.ask(path, init)).not.toMatchObject({ status: 429 });
    return this.ask(path, init);
  }

  /** Asks the same, one after the other, until an answer is as it should be: something happens meanwhile. */
  async askUntil(path: string, isRight: (answer: Answer) => boolean): Promise<Answer> {
    for (;;) {
      const answer = await this.ask(path);
      if (isRight(answer)) return answer;
    }
  }

  /** Reads stock events until there are so many, and hangs up. */
  async listen(
    count: number,
    headers: Record<string, string> = {},
  ): Promise<{ events: StockEvent[]; headers: Headers }> {
    const hangUp = new AbortController();
    const answer = await fetch(`${this.url}/events`, { headers, signal: hangUp.signal });
    let text = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (eventsIn(text).length >= count) break;
    }
    hangUp.abort();
    return { events: eventsIn(text), headers: answer.headers };
  }

  /** Ends it as Ctrl+C or a container would. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<End> {
    this.child.kill(signal);
    return this.end;
  }
}

/**
 * One server for the tests of a `describe`, which must not complain of any of them.
 * @param databaseUrl of its database. By default one in memory.
 */
export function serving(script: string, databaseUrl = async () => ''): { readonly server: Server } {
  const held = {} as { server: Server };
  beforeAll(async () => {
    held.server = await Server.start(script, { DATABASE_URL: await databaseUrl() });
  });
  afterAll(async () => {
    expect(await held.server.stop()).toMatchObject({ stderr: '' });
  });
  return held;
}
