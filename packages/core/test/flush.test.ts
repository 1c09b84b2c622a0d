import { once } from 'node:events';
import { Transform } from 'node:stream';
import type { Filter, Stage } from '@spillway/core';
import type { Handled } from '@spillway/core/testing';
import compression from 'compression';
import { hosts, overHttp1 } from './hosts';
import { deferred, TEXT } from './support';

/** A stage that holds back what it gets until it is flushed or ends. */
class Holding extends Transform {
  #held = '';

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#held += chunk;
    done();
  }

  override _flush(done: () => void): void {
    this.flush();
    done();
  }

  flush(): void {
    if (this.#held !== '') this.push(this.#held);
    this.#held = '';
  }
}

const holding: Filter<object> = () => ({ onHead: () => ({ through: new Holding() as Stage }) });
const later: Filter<object> = () => ({
  onHead: async () => {
    await Promise.resolve();
    return { through: new Holding() as Stage };
  },
});

type Res = Handled['res'] & { flush(): void };

/** Reads what the client gets, while the application writes in steps. */
const stepping = (
  host: (typeof hosts)[number],
  items: Parameters<(typeof hosts)[number]['serve']>[0],
  steps: readonly (readonly [act: (res: Res) => void, arrives: string])[],
) => {
  const begun = deferred<Res>();
  const app = ({ res }: Handled): void => {
    res.writeHead(200, TEXT);
    steps[0]![0](res as Res);
    begun.resolve(res as Res);
  };
  return host.serve(items, app, async (client) => {
    const { stream } = await client.open({}).response;
    const res = await begun.promise;
    for (const [i, [act, arrives]] of steps.entries()) {
      if (i > 0) act(res);
      let text = '';
      while (text.length < arrives.length) {
        const chunk = stream.read();
        if (chunk) text += chunk;
        else await once(stream, 'readable');
      }
      expect(text).toBe(arrives);
    }
    res.end();
  });
};

describe.each(hosts)('what a stage holds back, on $name', (host) => {
  it.each([
    ['flush', (res: Res) => res.flush()],
    ['flushHeaders', (res: Res) => res.flushHeaders()],
  ])('goes on its way at %s, and from then on at each write', (_name, flush) =>
    stepping(
      host,
      [holding],
      [
        [
          (res) => {
            res.write('one, ');
            res.write('two');
            flush(res);
          },
          'one, two',
        ],
        [(res) => res.write('three'), 'three'],
        [(res) => res.write('four'), 'four'],
      ],
    ),
  );

  it('goes through each of several stages', () =>
    stepping(
      host,
      [holding, holding],
      [
        [(res) => res.flush(), ''],
        [(res) => res.write('one'), 'one'],
      ],
    ));

  it('goes on its way once a held head is decided', () =>
    stepping(
      host,
      [later],
      [
        [
          (res) => {
            res.write('one');
            res.flush();
            res.write('two');
          },
          'onetwo',
        ],
        [(res) => res.write('three'), 'three'],
      ],
    ));

  it('stays where the application flushes nothing', async () => {
    const app = ({ res }: Handled): void => {
      res.writeHead(200, TEXT);
      for (const word of ['one', 'two', 'three']) res.write(word);
      res.end();
    };
    await host.serve([holding], app, async (client) => {
      const { stream } = await client.open({}).response;
      expect(String((await once(stream, 'data'))[0])).toBe('onetwothree');
    });
  });
});

it.each(overHttp1)('a flush reaches npm compression further out, on $name', async (host) => {
  const begun = deferred<Res>();
  const app = ({ res }: Handled): void => {
    res.writeHead(200, TEXT);
    res.write('x'.repeat(2_000));
    (res as Res).flush();
    begun.resolve(res as Res);
  };
  const outer = { connect: compression() as never };
  await host.serve([outer, holding], app, async (client) => {
    const { stream, headers } = await client.open({ headers: { 'accept-encoding': 'gzip' } }).response;
    expect(headers['content-encoding']).toBe('gzip');
    // More than the ten bytes of a head: the text is there.
    for (let bytes = 0; bytes <= 10; ) {
      const chunk = stream.read();
      if (chunk) bytes += chunk.length;
      else await once(stream, 'readable');
    }
    (await begun.promise).end();
  });
});
