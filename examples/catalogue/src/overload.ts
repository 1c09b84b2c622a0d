import type { IncomingMessage } from 'node:http';
import type { HttpBackpressureOptions } from '@spillway/backpressure/http';

const startsWith = ({ url = '' }: IncomingMessage, ...paths: readonly string[]): boolean =>
  paths.some((path) => url.startsWith(path));

/**
 * What is served first when there isn't time for all: who logs in, buys or looks after an account, then who
 * searches and looks around, and a report last. Reports take much longer than all else, so that they have a
 * limit of their own.
 */
export const overload: HttpBackpressureOptions = {
  priority(req) {
    if (startsWith(req, '/login', '/account', '/orders')) return 'critical';
    return startsWith(req, '/reports/') ? 'sheddable' : 'default';
  },
  key: (req) => (startsWith(req, '/reports/') ? 'report' : undefined),
};
