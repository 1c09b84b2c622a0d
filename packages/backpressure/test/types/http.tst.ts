import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type Drained, drain, grpcTimeout } from '@spillway/backpressure';
import { backpressure } from '@spillway/backpressure/http';
import { inFront, stack } from '@spillway/core/http';
import express from 'express';
import Koa from 'koa';

const server = createServer(inFront(express(), [backpressure()], { trustProxy: 1 }));
createServer(inFront(new Koa().callback(), [backpressure({ deadline: grpcTimeout })], { trustProxy: false }));
stack([backpressure({ priority: (req) => (req.url === '/' ? 'critical' : 'default') })]);

const drained: Promise<Drained> = drain(server, { deadlineMs: 10_000, noticeMs: 1_000, idleMs: 100 });
void drained.then(({ cut }) => cut.toFixed());
void drain(createHttp2Server());

// @ts-expect-error no such option
void drain(server, { timeout: 5 });
// @ts-expect-error a server, and no application
void drain(express());
// @ts-expect-error node's request has no Express properties
backpressure({ key: (req) => req.path });
