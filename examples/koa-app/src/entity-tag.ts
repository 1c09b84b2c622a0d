import { createHash } from 'node:crypto';
import type { Context, Next } from 'koa';

/** Names an answer by its content, and sends none to who has it already. Express does so by itself. */
export async function entityTag(ctx: Context, next: Next): Promise<void> {
  await next();
  const text = typeof ctx.body === 'string' ? ctx.body : JSON.stringify(ctx.body);
  ctx.body = text;
  ctx.etag = createHash('sha1').update(text).digest('base64url');
  if (ctx.fresh) ctx.status = 304;
}
