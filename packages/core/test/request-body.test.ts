import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Duplex, PassThrough, Readable, Transform } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { createGunzip, gzipSync } from 'node:zlib';
import { type Hooks, hookError } from '@spillway/core';
import { eventsOf, type Handled } from '@spillway/core/testing';
import express from 'express';
import { hosts, onExpress, overHttp1 } from './hosts';
import { closing, deferred, turn } from './support';

const upperCase = () =>
  new Transform({ transform: (chunk, _encoding, done) => done(null, String(chunk).toUpperCase()) });
const upper = (): Hooks => ({ requestBody: upperCase() });
const later = async (): Promise<Hooks> => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { requestBody: upperCase() };
};

const readers: Record<string, (req: IncomingMessage) => Promise<string>> = {
  'for await': async (req) => {
    let read = '';
    for await (const chunk of req) read += chunk;
    return read;
  },
  pipe: (req) => text(req.pipe(new PassThrough())),
  "on('data')": (req) =>
    new Promise((resolve) => {
      let read = '';
      req.on('data', (chunk) => {
        read += chunk;
      });
      req.on('end', () => resolve(read));
    }),
  "on('readable')": (req) =>
    new Promise((resolve) => {
      let read = '';
      req.on('readable', () => {
        for (let chunk = req.read(); chunk !== null; chunk = req.read()) read += chunk;
      });
      req.on('end', () => resolve(read));
    }),
};

describe.each(hosts)('a substituted request body on $name', (host) => {
  describe.each(Object.keys(readers))('read by %s', (reader) => {
    const read = readers[reader]!;

    it.each([
      ['as it arrives', upper],
      ['after it has arrived', later],
    ])('is what comes out of the stage, %s', async (_when, filter) => {
      await host.serve(
        [filter],
        async ({ req }) => ({ body: await read(req) }),
        async (client) => {
          const body = Readable.from(['one ', 'two ', 'three']);
          expect((await client.send({ method: 'POST', body })).text).toBe('ONE TWO THREE');
          expect((await client.send({ method: 'POST', body: 'whole' })).text).toBe('WHOLE');
        },
      );
    });

    it('is empty where there was none', async () => {
      await host.serve(
        [upper],
        async ({ req }) => ({ body: `<${await read(req)}>` }),
        async (client) => {
          expect((await client.get()).text).toBe('<>');
        },
      );
    });
  });

  it('passes two stages, that of the outermost filter first', async () => {
    const gunzip = (): Hooks => ({ requestBody: createGunzip() });
    await host.serve(
      [gunzip, later],
      async ({ req }) => ({ body: await text(req) }),
      async (client) => {
        expect((await client.send({ method: 'POST', body: gzipSync('small') })).text).toBe('SMALL');
      },
    );
  });

  it('comes whole through a stage that makes many megabytes of it', async () => {
    const bytes = 8 * 1024 * 1024;
    const gunzip = (): Hooks => ({ requestBody: createGunzip() });
    const app = async ({ req }: Handled) => ({ body: String((await buffer(req)).length) });
    await host.serve([gunzip], app, async (client) => {
      const body = gzipSync(Buffer.alloc(bytes));
      expect((await client.send({ method: 'POST', body })).text).toBe(String(bytes));
    });
  });

  it('stops a client that sends faster than the application reads', async () => {
    let sent = 0;
    const endless = new Readable({
      read() {
        sent += 65536;
        this.push(Buffer.alloc(65536));
      },
    });
    const stalled = deferred();
    const app = async ({ req }: Handled) => {
      for await (const _first of req) {
        for (let before = -1; before !== sent; ) {
          before = sent;
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
        stalled.resolve();
        return { body: 'enough' };
      }
      return {};
    };
    await host.serve([() => ({ requestBody: new PassThrough() })], app, async (client) => {
      const opened = client.open({ method: 'POST', body: endless });
      await stalled.promise;
      expect(sent).toBeLessThan(16 * 1024 * 1024);
      opened.abort();
      endless.destroy();
    });
  });

  it('gives its error to whoever reads it', async () => {
    const gunzip = (): Hooks => ({ requestBody: createGunzip() });
    const app = async ({ req }: Handled) => {
      const failure = await text(req).catch((error: { code: string }) => error.code);
      return { status: 400, body: failure };
    };
    await host.serve([gunzip], app, async (client) => {
      const events = await eventsOf(hookError, async () => {
        expect(await client.send({ method: 'POST', body: 'no gzip' })).toMatchObject({
          status: 400,
          text: 'Z_DATA_ERROR',
        });
      });
      expect(events).toMatchObject([{ hook: 'requestBody' }]);
    });
  });

  it('answers with its error where whoever reads it has no ear for errors', async () => {
    const failing = (): Hooks => ({
      requestBody: new Transform({
        transform: (_chunk, _encoding, done) => done(Object.assign(new Error('bad'), { status: 415 })),
      }),
    });
    const app = ({ req }: Handled) => {
      req.on('data', () => {});
    };
    await host.serve([failing], app, async (client) => {
      expect((await client.send({ method: 'POST', body: 'x' })).status).toBe(415);
    });
  });

  it('of several stages tells once of the one that fails, and frees the others', async () => {
    const stages = [upperCase(), createGunzip(), upperCase()];
    const failures: string[] = [];
    const app = async ({ req }: Handled) => {
      req.on('error', ({ code }: { code: string }) => failures.push(code));
      await text(req).catch(() => {});
      await Promise.all(stages.map((stage) => stage.closed || once(stage, 'close')));
      await turn();
      return { status: 400 };
    };
    await host.serve([() => ({ requestBody: stages })], app, async (client) => {
      const events = await eventsOf(hookError, async () => {
        expect((await client.send({ method: 'POST', body: 'no gzip' })).status).toBe(400);
      });
      expect(events).toHaveLength(1);
    });
    expect(failures).toEqual(['Z_DATA_ERROR']);
  });

  it('that breaks off never looks complete to an application without an ear for errors', async () => {
    const failing = () => ({
      requestBody: new Transform({
        transform(chunk, _encoding, done) {
          this.push(chunk);
          done(String(chunk).includes('!') ? Object.assign(new Error('bad'), { status: 400 }) : null);
        },
      }),
    });
    const ended: string[] = [];
    const app = ({ req }: Handled) => {
      let read = '';
      req.on('data', (chunk) => {
        read += chunk;
      });
      req.on('end', () => ended.push(read));
    };
    const closed = closing();
    await host.serve([failing, closed.filter], app, async (client) => {
      expect((await client.send({ method: 'POST', body: Readable.from(['a', 'b!', 'c']) })).status).toBe(400);
      await closed.closed;
      await turn();
    });
    expect(ended).toEqual([]);
  });

  it('harms nobody where it fails and is not read', async () => {
    const gunzip = (): Hooks => ({ requestBody: createGunzip() });
    await host.serve(
      [gunzip],
      () => ({ body: 'fine' }),
      async (client) => {
        const events = await eventsOf(hookError, async () => {
          expect((await client.send({ method: 'POST', body: 'no gzip' })).text).toBe('fine');
        });
        expect(events).toEqual([]);
      },
    );
  });

  it('ends with its client, and its stage is destroyed', async () => {
    const destroyed = deferred();
    const reading = deferred();
    const stage = new Duplex({
      read() {},
      write: (_chunk, _encoding, done) => {
        reading.resolve();
        done();
      },
      destroy: (error, done) => {
        destroyed.resolve();
        done(error);
      },
    });
    const app = ({ req }: Handled) => {
      req.on('error', () => {});
      req.resume();
    };
    await host.serve([() => ({ requestBody: stage })], app, async (client) => {
      const body = new Readable({ read() {} });
      body.push('first');
      const opened = client.open({ method: 'POST', body });
      await reading.promise;
      opened.abort();
      await destroyed.promise;
    });
  });
});

describe.each(overHttp1)('a substituted request body on a kept connection of $name', (host) => {
  it.each([
    ['small', 10],
    ['large', 3_000_000],
  ])('leaves the next request alone where it is not read and is %s', async (_size, bytes) => {
    await host.serve(
      [upper],
      ({ req }) => ({ body: `<${req.url}>` }),
      async (client) => {
        const connection = client.connect();
        connection.socket.write(`POST /1 HTTP/1.1\r\nHost: test\r\nContent-Length: ${bytes}\r\n\r\n`);
        connection.socket.write(Buffer.alloc(bytes, 120));
        connection.request('/2');
        connection.request('/3');
        await connection.until(/<\/3>/);
        expect(connection.received).toMatch(/<\/1>.*<\/2>.*<\/3>/s);
      },
    );
  });

  it('leaves the next request its own body', async () => {
    await host.serve(
      [upper],
      async ({ req }) => ({ body: `<${await text(req)}>` }),
      async (client) => {
        const connection = client.connect();
        for (const body of ['one', 'two']) {
          connection.socket.write(`POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\n${body}`);
          await connection.until(new RegExp(`<${body.toUpperCase()}>`));
        }
      },
    );
  });
});

describe.each(onExpress)('a substituted request body under a body parser on $name', (host) => {
  const json = { 'Content-Type': 'application/json' };
  const gunzip = (): Hooks => ({ requestBody: createGunzip() });
  const app = ({ req }: Handled) => ({ json: (req as unknown as { body: object }).body });

  it('is parsed', async () => {
    const document = { list: Array.from({ length: 5000 }, (_, i) => i) };
    await host.serve([gunzip, { connect: express.json() }], app, async (client) => {
      const got = await client.send({
        method: 'POST',
        headers: json,
        body: gzipSync(JSON.stringify(document)),
      });
      expect(JSON.parse(got.text)).toEqual(document);
    });
  });

  it('is refused by the parser where its stage fails', async () => {
    await host.serve([gunzip, { connect: express.json() }], app, async (client) => {
      expect((await client.send({ method: 'POST', headers: json, body: '{}' })).status).toBe(400);
    });
  });

  it('is held to the limit of the parser, not to the size on the wire', async () => {
    await host.serve([gunzip, { connect: express.json({ limit: 1000 }) }], app, async (client) => {
      const body = gzipSync(JSON.stringify({ text: 'x'.repeat(2000) }));
      expect((await client.send({ method: 'POST', headers: json, body })).status).toBe(413);
    });
  });
});
