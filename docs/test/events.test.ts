import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const page = readFileSync(join(root, 'docs/events.md'), 'utf8');

const sources = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /^[^/]+\/src\/.+\.ts$/.test(path))
  .map((path) => readFileSync(join(root, 'packages', path), 'utf8'))
  .join('\n');

const matches = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map(([, name]) => name!))].sort();

it('the page of events lists each that a package defines, and no other', () => {
  const defined = matches(sources, /defineEvent<[^(]*\(\s*'([^']+)'/g);
  expect(defined.length).toBeGreaterThan(3);
  expect(matches(page, /^\| `(spillway:[^`]+)` \|/gm)).toEqual(defined);
});

it('the page of events lists each code of a warning, and no other', () => {
  const codes = matches(sources, /\bcode: '([A-Z_]+)',\s+message:/g);
  expect(codes.length).toBeGreaterThan(1);
  expect(matches(page, /^\| `([A-Z_]+)` \|/gm)).toEqual(codes);
});
