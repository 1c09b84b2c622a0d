import { lookup } from 'mime-types';

/** Kinds of documents: what tells of one person. Scripts, styles and pictures seldom do. */
const KINDS: readonly (readonly [kind: string, types: RegExp])[] = [
  ['html', /^(?:text\/html|application\/xhtml\+xml)$/],
  ['json', /^application\/(?:.*\+)?json$/],
  ['xml', /^(?:text|application)\/(?:.*\+)?xml$/],
  ['plain', /^text\/plain$/],
];

/** Whatever these pages send. */
const PROGRAM = /^application\/x-httpd-/;

const MAY_HAVE_AN_EXTENSION = /[.%]/;

/**
 * Whether a document comes from a path with the extension of something else: `/account/nobody.css` that answers with the account's
 * page. A cache would hand it to whoever asks for the style sheet (web cache deception).
 */
export function isDeceptive(url: string, contentType: string | undefined): boolean {
  // Most paths have neither an extension nor a way to hide one.
  if (!MAY_HAVE_AN_EXTENSION.test(url)) return false;
  const actual = (contentType ?? '')
    .toLowerCase()
    .split(',')
    .flatMap((type) => kindOf(type.split(';', 1)[0]!.trim()) ?? []);
  return actual.length > 0 && typesOf(url).some((type) => actual.some((kind) => kind !== kindOf(type)));
}

const kindOf = (type: string): string | undefined => KINDS.find(([, types]) => types.test(type))?.[0];

/** What the last part of a path, or anything before a sign that some server ends it at, says that it is. */
function typesOf(url: string): string[] {
  const last = decoded(url.split('?', 1)[0]!).split('/').at(-1)!;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: servers end paths at them
  const parts = last.split(/[\u0000-\u0020;?#%]/);
  return parts.flatMap((part) => {
    const type = part.includes('.') && lookup(part.slice(part.lastIndexOf('.') + 1));
    return type && !PROGRAM.test(type) ? type : [];
  });
}

/** Servers behind this one may decode it once more. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(decodeURIComponent(path));
  } catch {
    return path;
  }
}
