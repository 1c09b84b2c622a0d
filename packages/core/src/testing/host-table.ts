import type { Server } from 'node:net';
import type { App } from './app';
import type { Client } from './client';
import {
  type ExpressModule,
  expressHost,
  frontHost,
  type Item,
  type KoaModule,
  koaHost,
  type MakeListener,
  nodeHost,
} from './hosts';
import { serve } from './serve';

/** One row of the table: a framework in one version, over one version of HTTP. */
export interface TestHost {
  readonly name: string;
  readonly http2: boolean;
  readonly make: MakeListener;
  /** Serves the items before the application while `run` runs. */
  serve<Result>(
    items: readonly Item[],
    app: App,
    run: (client: Client, server: Server) => Promise<Result>,
  ): Promise<Result>;
}

export interface Frameworks {
  /** What is imported of each version, by the name that tests shall show. */
  readonly express?: Readonly<Record<string, ExpressModule>>;
  readonly koa?: Readonly<Record<string, KoaModule>>;
}

/** A row for your own host. */
export function defineHost(name: string, make: MakeListener, { http2 = false } = {}): TestHost {
  return { name, http2, make, serve: (items, app, run) => serve(make(items, app), run, { http2 }) };
}

/**
 * Every host that filters run on: each framework handed in, node:http and in front of an application; over HTTP/2 node
 * and each Koa (Express does not run there).
 */
export function hostTable({ express = {}, koa = {} }: Frameworks): readonly TestHost[] {
  return [
    ...Object.entries(express).map(([name, module]) => defineHost(name, expressHost(module))),
    ...Object.entries(koa).map(([name, module]) => defineHost(name, koaHost(module))),
    defineHost('node:http', nodeHost()),
    defineHost('in front', frontHost()),
    defineHost('node:http2', nodeHost(), { http2: true }),
    ...Object.entries(koa).map(([name, module]) =>
      defineHost(`${name} over HTTP/2`, koaHost(module), { http2: true }),
    ),
  ];
}
