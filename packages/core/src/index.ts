export { type Clock, monotonic } from './clock';
export { defineEvent, type Event, hookError, warning } from './events';
export type {
  Body,
  BodyAction,
  Closed,
  Delegate,
  Failure,
  Fields,
  Filter,
  Hooks,
  HttpRequest,
  Outcome,
  Reply,
  ResponseHead,
  Stage,
  Wait,
} from './filter';
export type { TrustProxy } from './front';
export { clientKey, DEFAULT_IPV6_SUBNET } from './keys';
export { type Link, LinkedList } from './linked-list';
export { type Load, load } from './load';
export { nodeRequestOf, nodeResponseOf } from './node/request';
export {
  type Check,
  checkOption,
  checkOptions,
  isArrayOf,
  isBoolean,
  isEither,
  isFunction,
  isInteger,
  isNumber,
  isObject,
  isOneOf,
  isText,
  OptionError,
} from './options';
export { createProblemReply, type Problem, problemReply, TEMPORARY_REDUCED_CAPACITY } from './problem';
export { type RefuseBy, refusalError } from './refusal';
export { isReplay, originalOf, type Replayed, replay } from './replay';
export { isAbandoned, onClosed, signalOf, timeLeftOf } from './signal';
export { isStable, markStable } from './stable';
export { isFieldString, serializeString } from './structured-fields';
export { matchSubnets } from './subnets';
export { takingPart } from './taking-part';
