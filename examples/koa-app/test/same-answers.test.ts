import { type Server, serverOf, serving } from '../../catalogue/test/server';

const body = (text: string, type: string): RequestInit => ({ body: text, headers: { 'Content-Type': type } });
const form = (text: string) => body(text, 'application/x-www-form-urlencoded');
const json = (text: string) => body(text, 'application/json');

const REQUESTS: [request: string, init: RequestInit][] = [
  ['GET /', {}],
  ['GET /products', {}],
  ['GET /products?q=heron&sort=-price&page=2', {}],
  ['GET /products?q=heron', { headers: { 'X-API-Key': 'demo-free' } }],
  ['GET /products?sort=up', {}],
  ['GET /products?q=a&q=b', {}],
  ['GET /products?q=%', {}],
  ['HEAD /products?q=heron', {}],
  ['GET /products/1', {}],
  ['GET /products/01', {}],
  ['GET /products/3001', {}],
  ['GET /products/%2e', {}],
  ['GET /products/1/', {}],
  ['GET /nowhere', {}],
  ['GET /nowhere', { headers: { Accept: 'text/html' } }],
  ['DELETE /products/1', {}],
  ['POST /login', form('user=grace&password=no')],
  ['POST /login', form('user=grace')],
  ['POST /login', form(`user=${'x'.repeat(5000)}`)],
  ['POST /login', json('{')],
  ['POST /login', json('[]')],
  ['POST /login', json('"ada"')],
  ['POST /login', body('ada', 'text/plain')],
  ['POST /login', {}],
  ['GET /reports/sales', {}],
  ['GET /reports/sales?months=12', {}],
  ['GET /reports/sales?months=12', {}],
  ['GET /reports/sales?months=0', {}],
  ['PUT /products/1/picture', body('picture', 'image/png')],
];

const SAME = [
  'Content-Type',
  'Cache-Control',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
];

/** Seconds may differ by the one that passed in between. */
const withoutTime = (field: string | null) => field?.replace(/;t=\d+/g, ';t');

async function answerOf(server: Server, request: string, init: RequestInit) {
  const [method, path] = request.split(' ') as [string, string];
  const { status, headers, text } = await server.ask(path, { ...init, method });
  const fields = SAME.map((name) => withoutTime(headers.get(name)));
  return { status, fields, text: text.replaceAll(server.url, '') };
}

describe('Express and Koa', () => {
  const express = serving(serverOf('express-app'));
  const koa = serving(serverOf('koa-app'));

  it.each(REQUESTS)('give the same answer to %s (%#)', async (request, init) => {
    expect(await answerOf(koa.server, request, init)).toEqual(await answerOf(express.server, request, init));
  });
});
