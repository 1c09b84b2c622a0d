import type { Hooks } from './filter';
import { attachedHooks } from './node/intercept';
import { nodeResponseOf } from './node/request';

/**
 * What filters let a request pass with and take part in its response, the outermost first: so one that is mounted twice finds itself. A
 * note on the request would cost more: on Express a property of its own is 2 kB of hidden class.
 */
export const takingPart = (request: object): readonly Hooks[] => attachedHooks(nodeResponseOf(request));
