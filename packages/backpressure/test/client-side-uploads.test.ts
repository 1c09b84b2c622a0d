import { PassThrough } from 'node:stream';
import type { App } from '@spillway/core/testing';
import { hosts } from './hosts';
import { holding, protectedBy, until } from './support';

const ONE = { limit: 1, maxWaiting: 0 };

describe.each(hosts)('on $name', (host) => {
  it('a handler that does not read the body has its slot, though the body never ends', async () => {
    const { app, held, letGo } = holding();
    await protectedBy(host, ONE, app, async (client, shedder) => {
      const body = new PassThrough();
      body.write('part');
      const upload = client.open({ method: 'POST', path: '/held', body });
      await until(() => held.length === 1);
      for (let i = 0; i < 5; i++) expect((await client.get('/')).status).toBe(503);
      expect(shedder.stats()).toMatchObject({ inFlight: 1, admitted: 1 });
      letGo();
      await upload.response;
      upload.abort();
      await until(() => shedder.stats().inFlight === 0);
    });
  });

  it('a handler that reads a small body later has its slot until then', async () => {
    const { app: waiting, held, letGo } = holding();
    const app: App = async (handled) => {
      const answer = await waiting(handled);
      for await (const _chunk of handled.req);
      return answer;
    };
    await protectedBy(host, ONE, app, async (client) => {
      const posted = client.send({ method: 'POST', path: '/held', body: 'small' });
      await until(() => held.length === 1);
      for (let i = 0; i < 5; i++) expect((await client.get('/')).status).toBe(503);
      letGo();
      expect((await posted).status).toBe(200);
    });
  });
});
