import { extname } from 'node:path';
import type { Hooks, ResponseHead } from '@spillway/core';
import { contentType } from 'mime-types';
import { filesWithSiblings, type SiblingCoding, SUFFIXES } from './siblings';

/** A file in one coding: how its name ends on, and what is said when it is sent. */
interface Form {
  readonly suffix: string;
  readonly hooks: Hooks;
}

export interface StaticFile {
  /** Codings of its siblings, the best first. */
  readonly codings: readonly SiblingCoding[];
  /** Those of which more is to be said than `otherwise`. */
  readonly forms: Readonly<Partial<Record<SiblingCoding | 'identity', Form>>>;
  readonly otherwise: Hooks | undefined;
}

export interface FolderOptions {
  /** The best first. */
  readonly encodings: readonly SiblingCoding[];
  readonly isImmutable: (path: string) => boolean;
}

/** The files of a folder, by their paths below it. */
export function readFolder(folder: string, options: FolderOptions): ReadonlyMap<string, StaticFile> {
  const files = [...filesWithSiblings(folder)];
  return new Map(files.map(([path, siblings]) => [path, staticFile(path, siblings, options)]));
}

function staticFile(
  path: string,
  siblings: readonly SiblingCoding[],
  { encodings, isImmutable }: FolderOptions,
): StaticFile {
  const codings = encodings.filter((coding) => siblings.includes(coding));
  const otherwise = codings.length > 0 ? VARYING : undefined;
  const immutable = isImmutable(path);
  const type = contentType(extname(path)) || 'application/octet-stream';
  const forms = codings.map((coding) => [coding, codedForm(coding, type, immutable)] as const);
  return {
    codings,
    otherwise,
    forms: { ...Object.fromEntries(forms), ...(immutable && { identity: keptForm(otherwise) }) },
  };
}

const VARYING: Hooks = { append: { Vary: 'Accept-Encoding' } };

/** RFC 8246; a year is what RFC 9111 (1.2.2) lets caches take as the longest. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

const hasContent = ({ statusCode }: ResponseHead): boolean => statusCode === 200 || statusCode === 206;

/** Said of the file alone: another answer at its path, an error or a redirect, may be gone tomorrow. */
function keepForGood(head: ResponseHead): undefined {
  if (hasContent(head) || head.statusCode === 304) head.setHeader('Cache-Control', IMMUTABLE);
}

const keptForm = (hooks: Hooks | undefined): Form => ({
  suffix: '',
  hooks: { ...hooks, onHead: keepForGood },
});

/**
 * The coding is said at once, so that nobody codes a second time; the type once the head is known, since servers go by the sibling's
 * name.
 */
const codedForm = (coding: SiblingCoding, type: string, immutable: boolean): Form => ({
  suffix: SUFFIXES[coding],
  hooks: {
    ...VARYING,
    headers: { 'Content-Encoding': coding },
    onHead(head) {
      if (immutable) keepForGood(head);
      if (hasContent(head)) setType(head, type);
      else if (head.getHeader('Content-Encoding') === coding) head.removeHeader('Content-Encoding');
      // A 304 describes no content (RFC 9110, 15.4.5), and a cache would take the sibling's type over (RFC 9111, 3.2).
      if (head.statusCode === 304) head.removeHeader('Content-Type');
      return undefined;
    },
  },
});

/** Of several ranges, each part says its own. */
function setType(head: ResponseHead, type: string): void {
  const own = String(head.getHeader('Content-Type') ?? '');
  if (!own.startsWith('multipart/byteranges')) head.setHeader('Content-Type', type);
}
