import { type Filter, type Hooks, isReplay, type Outcome, type Wait } from '@spillway/core';
import { type Asked, askedOf, maySee } from './filter/asked';
import { Boarding, gatewayTimeout } from './filter/boarding';
import { Fill, underWay } from './filter/fill';
import { updateByHead } from './filter/head-update';
import { type Settings, settingsOf } from './filter/settings';
import { invalidate, invalidatedBy, isOwnContent, isUnsafe } from './filter/unsafe';
import { useStored } from './filter/use';
import type { CacheResponseOptions } from './options';
import type { Stored } from './policy/stored';

/**
 * A filter that answers requests by stored responses, and stores those of the application (RFC 9111).
 * @param inFront it stands before the application: who comes with credentials gets what says `public`, and nothing else.
 * @throws {OptionError} naming the option that is wrong.
 */
export function createCacheResponse<Context>(
  options: CacheResponseOptions<Context> = {},
  inFront = false,
): Filter<Context> {
  const settings = settingsOf(options, inFront);
  const boarding = new Boarding(settings);
  return (request, context) => {
    const { method } = request;
    const isStored = settings.methods.has(method);
    if ((!isStored && !isUnsafe(method)) || settings.skip?.(context)) return undefined;
    const asked = askedOf(settings, request, context);
    if (asked === undefined) return undefined;
    if (!isStored) return watchUnsafe(settings, asked);
    if (isAboutTheApplication(asked)) return undefined;
    const found = settings.cache.find(asked.key, asked.headers);
    return found instanceof Promise
      ? found.then((stored) => decide(settings, boarding, asked, stored))
      : decide(settings, boarding, asked, found);
  };
}

/** Whether a condition asks for the state there, which no cache can tell (RFC 9110, 13.2.1). */
const isAboutTheApplication = <Context>({ headers }: Asked<Context>): boolean =>
  headers['if-match'] !== undefined || headers['if-unmodified-since'] !== undefined;

function decide<Context>(
  settings: Settings<Context>,
  boarding: Boarding<Context>,
  asked: Asked<Context>,
  found: Stored | undefined,
): Outcome | Wait {
  const { request } = asked;
  const outer = request.method === 'HEAD' ? undefined : underWay(request, settings.cache);
  if (outer) return boarding.takeOver(outer, asked, found);
  if (isReplay(request)) return boarding.boardReplay(asked, found);
  const answered = found && useStored(settings, asked, found);
  if (answered) return answered;
  if (asked.wants.onlyIfCached) return gatewayTimeout(request, 'Nothing is stored that could be sent.');
  const stored = found && maySee(asked, found) ? found : undefined;
  return request.method === 'HEAD' ? updateByHead(settings, asked, stored) : boarding.board(asked, stored);
}

/** Its answer makes what is stored out of date, and may be what comes in its place (RFC 9111, 4.4; RFC 9110, 9.3.3). */
function watchUnsafe<Context>(settings: Settings<Context>, asked: Asked<Context>): Hooks {
  let fill: Fill<Context> | undefined;
  return {
    onHead(head, whole, outer) {
      invalidate(settings.cache, invalidatedBy(asked.request, head));
      if (!isOwnContent(asked.request, head)) return undefined;
      fill = new Fill(settings, { ...asked, explicitOnly: true }, undefined);
      return fill.onHead(head, whole, outer);
    },
    onClose: (closed) => fill?.onClose(closed),
  };
}
