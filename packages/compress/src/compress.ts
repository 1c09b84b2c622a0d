import {
  type Body,
  type BodyAction,
  type Filter,
  type HttpRequest,
  isAbandoned,
  type Outcome,
  problemReply,
  type ResponseHead,
  refusalError,
} from '@spillway/core';
import { choose, type Exchange, isRequired } from './choice';
import { describeCoded, forgetUncoded, restoreTag, varyByEncoding, withoutSuffix } from './fields';
import { commentInto, withComment } from './length-hiding';
import { negotiate, type Wanted } from './negotiate';
import type { BodyInfo, CompressOptions } from './options';
import { createOverride, type Override } from './override';
import { type Settings, settingsOf } from './settings';

/**
 * A filter that codes the bodies of responses as their clients want it (RFC 9110, 12.5.3).
 * @param overrideOf what a response asks for, once its application has answered.
 * @throws {OptionError} naming the option that is wrong.
 */
export function createCompress<Context>(
  options: CompressOptions<Context> = {},
  overrideOf?: (context: Context) => Override<Context>,
): Filter<Context> {
  const settings = settingsOf(options);
  const { notAcceptable, etag, refuse } = options;
  const overridden = overrideOf && createOverride(options, settings.coder, overrideOf);
  return (request, context) => {
    const { 'accept-encoding': accepted, 'if-none-match': asked } = request.headers;
    const wanted = settings.wantedBy(accepted as string | undefined);
    if (notAcceptable === 'refuse' && isUnacceptable(settings, wanted, request))
      return refusal(request, refuse);
    if (etag === 'suffix') takeSuffixes(request);
    return {
      onHead(head, whole) {
        const override = overridden?.(context);
        if (override === false) return undefined;
        if (head.statusCode === 304) return restore(head, asked);
        const own = override === undefined || override === true ? settings : override;
        const exchange: Exchange<Context> = {
          request,
          context,
          wanted: own === settings ? wanted : own.wantedBy(accepted as string | undefined),
          settings: own,
          forced: override === true,
        };
        return code(exchange, head, whole);
      },
    };
  };
}

type Action = BodyAction | undefined | Promise<BodyAction | undefined>;

function code<Context>(exchange: Exchange<Context>, head: ResponseHead, whole: Body | undefined): Action {
  const choice = choose(exchange, head, whole);
  if (!choice) return undefined;
  const { codec, level, body } = choice;
  const { etag = 'weak', hideLengthBytes } = exchange.settings.options;
  if (exchange.request.method === 'HEAD') {
    // Only coding the body could tell its length, and whether it becomes smaller at all (RFC 9110, 9.3.2).
    forgetUncoded(head, codec.coding, etag);
    head.removeHeader('Content-Length');
    return undefined;
  }
  const describe = () => describeCoded(head, codec.coding, etag);
  // Trailers can't follow a body whose length is said, so it stays a stream.
  if (whole === undefined || head.getHeader('Trailer') !== undefined) {
    describe();
    const stream = codec.stream(level, body);
    return { through: hideLengthBytes ? commentInto(stream, hideLengthBytes) : stream };
  }
  const buffer = typeof whole === 'string' ? Buffer.from(whole) : whole;
  const send = (coded: Buffer | undefined): BodyAction | undefined => {
    if (coded === undefined || (coded.length >= buffer.length && !isRequired(exchange.wanted)))
      return undefined;
    describe();
    return { replace: hideLengthBytes ? withComment(coded, hideLengthBytes) : coded };
  };
  const coded = exchange.settings.coder.code(codec, level, buffer, () => isAbandoned(exchange.request));
  return coded instanceof Promise ? coded.then(send) : send(coded);
}

/** It may be the answer for a body that is coded or not, and a cache has to know that (RFC 9110, 15.4.5). */
function restore(head: ResponseHead, asked: string | undefined): undefined {
  varyByEncoding(head);
  restoreTag(head, asked);
}

/** Not If-Range: a part of the uncoded body is no part of the coded one. */
const CONDITIONAL = ['if-none-match', 'if-match'] as const;

/** The application is asked for the tags that it knows. */
function takeSuffixes({ headers }: HttpRequest): void {
  for (const name of CONDITIONAL) {
    const field = headers[name];
    if (typeof field === 'string') headers[name] = withoutSuffix(field);
  }
}

function isUnacceptable<Context>(settings: Settings<Context>, wanted: Wanted, request: HttpRequest): boolean {
  if (!isRequired(wanted)) return false;
  const body: BodyInfo = { request, type: undefined, bytes: undefined, live: false };
  return negotiate(wanted, settings.offeredFor(body)) === undefined;
}

function refusal(request: HttpRequest, refuse: CompressOptions['refuse']): Outcome {
  const reply = problemReply(request, {
    status: 406,
    detail: 'No content coding that is offered is acceptable.',
  });
  const varied = { ...reply, headers: { ...reply.headers, Vary: 'Accept-Encoding' } };
  return refuse === 'throw' ? refusalError(varied, { code: 'ERR_NOT_ACCEPTABLE' }) : varied;
}
