import { Client } from '@spillway/core/testing';
import { logIn, sendPicture } from '../../catalogue/test/cached-shop';
import { orderOf } from '../../catalogue/test/ordered-shop';
import { type Answer, type Server, serverOf, serving } from '../../catalogue/test/server';

const body = (text: string, type: string): RequestInit => ({ body: text, headers: { 'Content-Type': type } });
const form = (text: string) => body(text, 'application/x-www-form-urlencoded');
const json = (text: string) => body(text, 'application/json');

const REQUESTS: [request: string, init: RequestInit][] = [
  ['GET /', {}],
  ['GET /products', {}],
  ['GET /products', {}],
  ['GET /products', { headers: { 'Cache-Control': 'no-cache' } }],
  ['GET /products', { headers: { 'Cache-Control': 'only-if-cached' } }],
  ['GET /products?q=heron&sort=-price&page=2', {}],
  ['GET /products?q=heron', { headers: { 'X-API-Key': 'demo-free' } }],
  ['GET /products?sort=up', {}],
  ['GET /products?q=a&q=b', {}],
  ['GET /products?q=%', {}],
  ['HEAD /products?q=heron', {}],
  ['HEAD /products?q=heron', {}],
  ['GET /products?q=heron', {}],
  ['HEAD /products?q=heron', {}],
  ['GET /products/1', {}],
  ['GET /products/1', {}],
  ['GET /products/1', { headers: { Authorization: 'Bearer nobody' } }],
  ['GET /products/2', { headers: { 'Cache-Control': 'only-if-cached' } }],
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
  ['GET /account', {}],
  ['GET /account', { headers: { Authorization: 'Bearer nobody' } }],
  ['PUT /products/1/picture', body('picture', 'image/png')],
  ['GET /products?q=%00', {}],
  ['GET /orders', {}],
  ['POST /orders', json('{"items":[{"product":1,"quantity":1}]}')],
];

const SAME = [
  'Content-Type',
  'Content-Range',
  'Cache-Control',
  'Cache-Status',
  'Vary',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
];
/** Each framework makes an entity tag in its own way. */
const IN_BOTH = ['Age', 'ETag'];

/** Seconds may differ by the one that passed in between. */
const withoutTime = (field: string | null) => field?.replace(/; ?(t|ttl)=\d+/g, ';$1');

function comparable({ status, headers, text }: Omit<Answer, 'type' | 'json'>, server: Server) {
  const fields = SAME.map((name) => withoutTime(headers.get(name)));
  return {
    status,
    fields,
    in: IN_BOTH.filter((name) => headers.has(name)),
    text: text.replaceAll(server.url, ''),
  };
}

async function answerOf(server: Server, request: string, init: RequestInit) {
  const [method, path] = request.split(' ') as [string, string];
  return comparable(await server.ask(path, { ...init, method }), server);
}

/** What who has something is told when it asks again; by no fetch, which says no-cache with whatever has a condition. */
async function answersToOwner(server: Server, condition: (etag: string) => Record<string, string>) {
  const client = new Client(Number(new URL(server.url).port), false);
  const host = { Host: 'shop.example' };
  const answers = [];
  for (const path of ['/', '/products/11', '/reports/sales']) {
    const { etag = '' } = (await client.get(path, host)).headers;
    const { status, headers, text } = await client.get(path, { ...host, ...condition(etag) });
    answers.push(
      comparable({ status, headers: new Headers(headers as Record<string, string>), text }, server),
    );
  }
  return answers;
}

/** The catalogue and two accounts, before and after each of them sends a picture. */
async function answersAroundUploads(server: Server) {
  const ada = await logIn(server, 'ada', 'lovelace');
  const grace = await logIn(server, 'grace', 'hopper');
  const answers = [];
  const look = async () => {
    for (const path of ['/products/7', '/products?q=Bittern+Camera', '/products/8'])
      for (let i = 0; i < 2; i++) answers.push(await answerOf(server, `GET ${path}`, {}));
    for (const headers of [ada, grace, ada, grace])
      answers.push(await answerOf(server, 'GET /account', { headers }));
  };
  await look();
  for (const headers of [ada, grace]) {
    answers.push((await sendPicture(server, 7, headers)).text);
    await look();
  }
  return answers;
}

const ORDERS: RequestInit[] = [
  orderOf({ 3: 2, 7: 1 }, {}),
  orderOf({ 3: 45 }, {}),
  orderOf({ 3001: 1 }, {}),
  orderOf({ 3: 0 }, {}),
  form('items=3'),
  json('{'),
  json(`{"items":"${'x'.repeat(5000)}"}`),
];

/** What is left of an order without what is new in each. */
const withoutIdentity = (text: string) => text.replace(/"(id|orderedAt)":"[^"]+"/g, '"$1":""');

/** Two users' orders, and the products, before and after each order. */
async function answersAroundOrders(server: Server) {
  const ada = await logIn(server, 'ada', 'lovelace');
  const grace = await logIn(server, 'grace', 'hopper');
  const answers = [];
  for (const init of ORDERS) {
    const headers = { ...init.headers, ...ada };
    const { in: _tags, ...ordered } = await answerOf(server, 'POST /orders', { ...init, headers });
    answers.push(ordered);
    for (const path of ['/products/3', '/products?q=Wigeon+Portage'])
      answers.push(await answerOf(server, `GET ${path}`, {}));
    for (const owner of [ada, grace, ada])
      answers.push(await answerOf(server, 'GET /orders', { headers: owner }));
  }
  return answers.map((answer) => ({ ...answer, text: withoutIdentity(answer.text) }));
}

describe('Express and Koa', () => {
  const express = serving(serverOf('express-app'));
  const koa = serving(serverOf('koa-app'));

  it.each(REQUESTS)('give the same answer to %s (%#)', async (request, init) => {
    expect(await answerOf(koa.server, request, init)).toEqual(await answerOf(express.server, request, init));
  });
});

describe('Express and Koa, with what they keep', () => {
  const express = serving(serverOf('express-app'));
  const koa = serving(serverOf('koa-app'));

  it.each<[string, (etag: string) => Record<string, string>]>([
    ['that', (etag) => ({ 'If-None-Match': etag })],
    ['that or another', (etag) => ({ 'If-None-Match': `"other", ${etag}` })],
    ['another', () => ({ 'If-None-Match': '"other"' })],
    ['any', () => ({ 'If-None-Match': '*' })],
    ['all but the beginning', () => ({ Range: 'bytes=10-' })],
    ['more than there is', () => ({ Range: 'bytes=100000-' })],
    ['an old one', () => ({ 'If-Modified-Since': 'Fri, 01 Jan 2016 00:00:00 GMT' })],
  ])('give the same answer to who has %s', async (_what, condition) => {
    const answers = await answersToOwner(express.server, condition);
    expect(await answersToOwner(koa.server, condition)).toEqual(answers);
  });

  it('give the same answers before and after an upload', async () => {
    expect(await answersAroundUploads(koa.server)).toEqual(await answersAroundUploads(express.server));
  });

  it('give the same answers before and after orders', async () => {
    const answers = await answersAroundOrders(express.server);
    expect(answers[0]).toMatchObject({ status: 201 });
    expect(await answersAroundOrders(koa.server)).toEqual(answers);
  });
});
