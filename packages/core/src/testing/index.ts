export type { Answer, App, Handled } from './app';
export { Client, type Got, type Incoming, type Opened, type RequestOptions } from './client';
export { type Claims, type Contract, defineContract, type Implementation, type Runner } from './contract';
export { eventsOf } from './events';
export { FakeClock } from './fake-clock';
export { FaultProxy, type FaultProxyOptions } from './fault-proxy';
export { defineHost, type Frameworks, hostTable, type TestHost } from './host-table';
export {
  type ConnectMiddleware,
  type ExpressModule,
  expressHost,
  frontHost,
  type Item,
  type KoaModule,
  koaHost,
  type MakeListener,
  nodeHost,
} from './hosts';
export { freePort, listenBelowEphemeral } from './ports';
export type { RawConnection } from './raw-connection';
export { findServer, missingServer, type RealServer } from './real-server';
export { seeded } from './seeded';
export { type ServeOptions, serve } from './serve';
export { ServerFolder } from './server-folder';
export { until } from './until';
