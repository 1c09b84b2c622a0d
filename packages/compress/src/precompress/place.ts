/** Where a request's url points to. */
export interface Place {
  /** The file's path below the folder, as files are known by. */
  readonly path: string;
  /** The url of what lies beside the file. */
  urlWith(suffix: string): string;
}

export interface LocatorOptions {
  /** What comes before the folder in paths. */
  readonly prefix: string;
  /** The file that stands for a folder. */
  readonly index: string | false;
}

/**
 * Finds what a url names. Whatever a static server might resolve or refuse (`..`, doubled slashes, a NUL) is left as it is, and so
 * names no file that anybody knows.
 */
export function createLocator({ prefix, index }: LocatorOptions) {
  const indexPath = encodeURIComponent(index || '');
  return (url: string, originalUrl: string): Place | undefined => {
    const [asked, query] = splitUrl(url);
    const named = isFolder(asked, originalUrl) ? asked + indexPath : asked;
    const path = named.startsWith(prefix) ? decode(named.slice(prefix.length)) : undefined;
    return path === undefined ? undefined : { path, urlWith: (suffix) => named + suffix + query };
  };
}

/** Inside a mount `/assets` has become `/`, but the server will send its client on to `/assets/`. */
const isFolder = (asked: string, originalUrl: string): boolean =>
  asked.endsWith('/') && splitUrl(originalUrl)[0].endsWith('/');

function splitUrl(url: string): readonly [path: string, query: string] {
  const end = url.indexOf('?');
  return end < 0 ? [url, ''] : [url.slice(0, end), url.slice(end)];
}

/** @returns undefined for a malformed path, which names nothing. */
function decode(path: string): string | undefined {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
