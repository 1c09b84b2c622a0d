import { createServer, type IncomingMessage } from 'node:http';
import type { Filter } from '@spillway/core';
import { inFront, stack } from '@spillway/core/http';
import express, { type Request } from 'express';
import Koa from 'koa';

declare const anywhere: Filter;
declare const onNode: Filter<IncomingMessage>;
declare const onExpress: Filter<Request>;

// In front of any application.
createServer(inFront(express(), [anywhere, onNode], { trustProxy: 1 }));
createServer(inFront(new Koa().callback(), [anywhere], { trustProxy: ['loopback', '10.0.0.0/8'] }));
createServer(
  inFront((req, res) => res.end(req.url), [], { trustProxy: (address, hop) => hop < 2 && address !== '' }),
);

// Inside a listener.
const enter = stack([anywhere, onNode], { trustProxy: false });
createServer((req, res) => enter(req, res, (error) => res.end(String(error))));

// Wrong use.
// @ts-expect-error An application stands behind.
inFront([anywhere]);
// @ts-expect-error In front there is no request of Express.
inFront(express(), [onExpress]);
// @ts-expect-error Koa's application is no listener; its callback is.
inFront(new Koa(), [anywhere]);
// @ts-expect-error An unknown option.
inFront(express(), [anywhere], { trustProxies: true });
// @ts-expect-error No setting of Express's trust proxy.
inFront(express(), [anywhere], { trustProxy: { hops: 1 } });
// @ts-expect-error Where nothing is answered, somebody has to.
createServer((req, res) => enter(req, res));
