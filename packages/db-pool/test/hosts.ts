import { hostTable } from '@spillway/core/testing';
import express5 from 'express';
import express4 from 'express4';
import koa3 from 'koa';
import koa2 from 'koa2';

export const hosts = hostTable({
  express: { 'Express 5': express5, 'Express 4': express4 },
  koa: { 'Koa 3': koa3, 'Koa 2': koa2 },
});
