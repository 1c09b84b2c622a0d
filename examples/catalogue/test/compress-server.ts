import { gzipSync } from 'node:zlib';
import { serverOf, serving } from './server';

/** What the small servers with compression promise, on whichever framework. */
export function describeCompressServer(example: string): void {
  describe(example, () => {
    const held = serving(serverOf(example));
    const count = (body: Uint8Array<ArrayBuffer>, coding = 'gzip') =>
      held.server.ask('/count', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Content-Encoding': coding },
        body,
      });

    it('codes what it answers', async () => {
      const rows = await held.server.ask('/', { headers: { 'Accept-Encoding': 'gzip' } });
      expect(rows.json).toHaveLength(500);
      expect(rows.headers.get('Content-Encoding')).toBe('gzip');
      expect(Number(rows.headers.get('Content-Length'))).toBeLessThan(rows.text.length / 4);
    });

    it('sends an event at once', async () => {
      const left = new AbortController();
      const { headers, body } = await fetch(`${held.server.url}/events`, {
        headers: { 'Accept-Encoding': 'gzip' },
        signal: left.signal,
      });
      expect(headers.get('Content-Encoding')).toBe('gzip');
      const { value } = await body!.getReader().read();
      expect(Buffer.from(value!).toString()).toBe('data: 0\n\n');
      left.abort();
    });

    it('reads coded requests, up to their limit', async () => {
      expect(await count(gzipSync('{"a":1,"b":2}'))).toMatchObject({ status: 200, json: { members: 2 } });
      expect(await count(gzipSync(JSON.stringify({ a: 'x'.repeat(200_000) })))).toMatchObject({
        status: 413,
      });
      const unknown = await count(gzipSync('{}'), 'compress');
      expect(unknown.status).toBe(415);
      expect(unknown.headers.get('Accept-Encoding')).toContain('gzip');
    });
  });
}
