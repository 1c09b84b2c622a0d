import { lookup } from 'mime-types';

/** Kinds of documents: what tells of one person. Scripts, styles and pictures seldom do. */
const KINDS: readonly (readonly [kind: string, types: RegExp])[] = [
  ['html', /^(?:text\/html|application\/xhtml\+xml)$/],
  ['json', /^application\/(?:.*\+)?json$/],
  ['xml', /^(?:text|application)\/xml$/],
  ['plain', /^text\/plain$/],
];

/** Whatever these pages send. */
const PROGRAM = /^application\/x-httpd-/;

/**
 * Whether a document comes from a path with the extension of something else: `/account/nobody.css` that answers with the account's
 * page. A cache would hand it to whoever asks for the style sheet (web cache deception).
 */
export function isDeceptive(url: string, contentType: string | undefined): boolean {
  const actual = kindOf((contentType ?? '').split(';', 1)[0]!.trim().toLowerCase());
  if (actual === undefined) return false;
  const extension = extensionOf(url);
  const expected = extension !== undefined && lookup(extension);
  return Boolean(expected) && !PROGRAM.test(expected as string) && kindOf(expected as string) !== actual;
}

const kindOf = (type: string): string | undefined => KINDS.find(([, types]) => types.test(type))?.[0];

function extensionOf(url: string): string | undefined {
  const path = url.split('?', 1)[0]!.replace(/%2e/gi, '.');
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') ? path.slice(dot + 1) : undefined;
}
