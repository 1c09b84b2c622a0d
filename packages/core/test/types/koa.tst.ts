import type { Filter } from '@spillway/core';
import { stack, toKoa } from '@spillway/core/koa';
import Koa, { type Context, type DefaultContext, type ParameterizedContext } from 'koa';

declare const anywhere: Filter;
declare const onKoa: Filter<Context>;

interface State {
  user: { id: string };
}

// A filter is mounted wherever middleware is.
const app = new Koa();
app
  .use(toKoa(anywhere))
  .use(toKoa(onKoa))
  .use(stack([anywhere, onKoa]));
app.use(
  toKoa((request, ctx) => ({ headers: { 'X-Path': request.originalUrl, 'X-Search': ctx.querystring } })),
);
app.use(
  toKoa((_request, ctx: ParameterizedContext<State>) => ({ headers: { 'X-User': ctx.state.user.id } })),
);

// An application's own state and context stay.
const typed = new Koa<State, DefaultContext & { version: number }>();
typed.use(toKoa(anywhere));
typed.use((ctx) => {
  const id: string = ctx.state.user.id;
  const version: number = ctx.version;
  ctx.body = { id, version };
  // @ts-expect-error The state has no such property.
  ctx.body = ctx.state.session;
});

// Wrong use.
declare const onExpress: Filter<import('express').Request>;
// @ts-expect-error A filter of Express's request is not one of Koa's context.
toKoa(onExpress);
// @ts-expect-error Nor among others.
stack([anywhere, onExpress]);
// @ts-expect-error A filter is a function.
toKoa({});
// @ts-expect-error A status is a number.
toKoa(() => ({ status: '429' }));
// @ts-expect-error What decides is returned, not true.
toKoa(() => true);
