import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createBackpressure, type Drained, drain, grpcTimeout } from '@spillway/backpressure';
import { backpressure, type HttpBackpressureOptions } from '@spillway/backpressure/http';
import type { Filter } from '@spillway/core';
import { inFront, stack } from '@spillway/core/http';
import express from 'express';
import Koa from 'koa';

// In front of an application and inside a listener.
const server = createServer(inFront(express(), [backpressure()], { trustProxy: 1 }));
createServer(inFront(new Koa().callback(), [backpressure({ deadline: grpcTimeout })], { trustProxy: false }));
stack([backpressure({ priority: (req) => (req.url === '/' ? 'critical' : 'default') })]);

// Functions get node's own request.
const options: HttpBackpressureOptions = {
  key: ({ url }) => (url?.startsWith('/search') ? 'search' : undefined),
  client: ({ socket }) => socket.remoteAddress,
  deadline: ({ headers }) => Number(headers['x-deadline']),
  skip: ({ method }) => method === 'OPTIONS',
};
stack([backpressure(options)]);

// A filter on any host.
const anywhere: Filter<object> = createBackpressure({ limit: 5, maxWaiting: 0 });
const onNode: Filter<IncomingMessage> = createBackpressure({ deadline: grpcTimeout });
stack([anywhere, onNode, createBackpressure({ deadline: grpcTimeout, client: (req) => req.url })]);

// Any server can be drained.
const drained: Promise<Drained> = drain(server, { deadlineMs: 10_000, noticeMs: 1_000, idleMs: 100 });
void drained.then(({ cut }) => cut.toFixed());
void drain(createHttpsServer());
void drain(createHttp2Server(), { noticeMs: undefined });

// Wrong use.
// @ts-expect-error An unknown option.
void drain(server, { timeout: 5 });
// @ts-expect-error Milliseconds are a number.
void drain(server, { deadlineMs: '30s' });
// @ts-expect-error A server, and no application.
void drain(express());
// @ts-expect-error Node's request has no properties of Express.
backpressure({ key: (req) => req.path });
// @ts-expect-error Node's request has no properties of Koa.
backpressure({ client: ({ request }) => request.ip });
// @ts-expect-error How many were cut is a number.
void drained.then(({ cut }) => cut.length);
