import type { Hooks } from '@spillway/core';
import { textOf } from '../policy/fields';
import type { Stored } from '../policy/stored';
import type { Asked } from './asked';
import { reassess } from './reassess';
import type { Settings } from './settings';

const VALIDATORS = ['etag', 'last-modified'];

/** An answer to HEAD tells whether the stored response to GET is still right (RFC 9111, 4.3.5). */
export function updateByHead<Context>(
  settings: Settings<Context>,
  asked: Asked<Context>,
  stored: Stored | undefined,
): Hooks {
  const { cache } = settings;
  const since = cache.begin();
  return {
    onHead(head, _whole, outer) {
      if (stored === undefined || head.statusCode !== 200) return undefined;
      const isSame =
        VALIDATORS.every((name) => textOf(head.getHeader(name)) === textOf(stored.headers[name])) &&
        Number(head.getHeader('Content-Length') ?? stored.body.length) === stored.body.length;
      const { fresh, whyNot } = reassess(settings, asked, stored, head, outer);
      if (isSame && whyNot === undefined) keep(fresh);
      else if (!isSame) keep({ ...stored, expiredMs: cache.now() });
      return undefined;
    },
    onClose: () => cache.finish(),
  };
  function keep(response: Stored): void {
    void cache.keep(asked.key, response, since);
  }
}
