import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import zlib, { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from 'node:zlib';
import { failuresText } from '../dist/precompress/summary';
import { table } from '../dist/precompress/table';

const cli = join(__dirname, '../dist/precompress/cli.js');

const decoders: Readonly<Record<string, (coded: Buffer) => Buffer>> = {
  ...('zstdDecompressSync' in zlib && { '.zst': zlib.zstdDecompressSync as (coded: Buffer) => Buffer }),
  '.br': brotliDecompressSync,
  '.gz': gunzipSync,
};
/** Node's types for version 20 don't know it. */
const { zstdCompressSync, constants: zstd } = zlib as unknown as {
  zstdCompressSync(content: Buffer, options: object): Buffer;
  constants: { ZSTD_c_compressionLevel: number };
};

const best: Readonly<Record<string, (content: Buffer) => Buffer>> = {
  '.zst': (content) => zstdCompressSync(content, { params: { [zstd.ZSTD_c_compressionLevel]: 19 } }),
  '.br': (content) => brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  '.gz': (content) => gzipSync(content, { level: 9, memLevel: 9 }),
};

/** Those that this version of node can make. */
const suffixes = Object.keys(decoders);
const hasZstd = suffixes.includes('.zst');

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderOf(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-precompress-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** All files, by their paths below the folder, in order. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

const withSiblings = (...paths: string[]): string[] =>
  paths.flatMap((path) => [path, ...suffixes.map((suffix) => path + suffix)]).sort();

/** Runs the program, after a script of the test's own where there is one. */
async function run(args: readonly string[], preload?: string) {
  const preloaded = preload === undefined ? [] : ['--require', join(folderOf({ 'x.js': preload }), 'x.js')];
  const child = spawn(process.execPath, [...preloaded, cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code, signal] = await closed;
  return { code, signal, stdout, stderr };
}

const CODE = 'export const value = (a, b) => a + b; // a line of code like any other\n'.repeat(100);

/** A time long gone, and one after it. */
const THEN = new Date('2001-02-03T04:05:06.789Z');
const LATER = new Date('2001-02-03T04:05:07.000Z');

function age(file: string, time: Date): void {
  utimesSync(file, time, time);
}

describe('siblings', () => {
  it('are made beside every file, and decode to it', async () => {
    const files = {
      'app.js': CODE,
      'css/a/style.css': `${CODE}css`,
      'data.json': JSON.stringify(CODE.split('')),
    };
    const folder = folderOf(files);
    const { code } = await run([folder]);
    expect(code).toBe(0);
    expect(filesIn(folder)).toEqual(withSiblings(...Object.keys(files)));
    for (const [path, content] of Object.entries(files)) {
      expect(readFileSync(join(folder, path), 'utf8')).toBe(content);
      for (const suffix of suffixes)
        expect(String(decoders[suffix]!(readFileSync(join(folder, path + suffix))))).toBe(content);
    }
  });

  it('are coded as well as node can', async () => {
    const content = readFileSync(__filename);
    const folder = folderOf({ 'source.js': content });
    await run([folder]);
    for (const suffix of suffixes)
      expect(statSync(join(folder, `source.js${suffix}`)).size).toBeLessThanOrEqual(
        best[suffix]!(content).length,
      );
  });

  it('have the time and the permissions of their file', async () => {
    const folder = folderOf({ 'app.js': CODE });
    chmodSync(join(folder, 'app.js'), 0o600);
    age(join(folder, 'app.js'), THEN);
    await run([folder]);
    for (const suffix of suffixes) {
      const { mode, mtimeMs } = statSync(join(folder, `app.js${suffix}`));
      expect(mode & 0o777).toBe(0o600);
      expect(mtimeMs - THEN.getTime()).toBeGreaterThanOrEqual(0);
      expect(mtimeMs - THEN.getTime()).toBeLessThan(3);
    }
  });

  it('are only those of --encodings', async () => {
    const folder = folderOf({ 'app.js': CODE });
    await run([folder, '--encodings', 'gzip']);
    expect(filesIn(folder)).toEqual(['app.js', 'app.js.gz']);
    const { stdout } = await run([folder, '--encodings=gzip,br,gzip']);
    expect(stdout).toMatch(/^type +files +before +gzip +br +saved\n/);
    expect(filesIn(folder)).toEqual(['app.js', 'app.js.br', 'app.js.gz']);
  });

  it('of zstd are left out with a word about it where node can’t make them', async () => {
    const folder = folderOf({ 'app.js': CODE });
    const { code, stderr } = await run([folder, '--encodings', 'zstd']);
    expect(code).toBe(0);
    expect(filesIn(folder)).toEqual(hasZstd ? ['app.js', 'app.js.zst'] : ['app.js']);
    expect(stderr).toBe(hasZstd ? '' : `node ${process.version} has no zstd, so no .zst is made\n`);
  });

  it.each([
    ['a file of a type that doesn’t compress', { 'a.png': CODE, 'b.woff2': CODE, 'c.zip': CODE, none: CODE }],
    ['a file that doesn’t become 5 % smaller', { 'random.js': randomBytes(20_000) }],
    ['a small file', { 'small.js': CODE.slice(0, 1023) }],
    ['an empty file', { 'empty.js': '' }],
    ['a dot file', { '.env.js': CODE, '.git/app.js': CODE }],
    ['a file that is coded', { 'orphan.js.br': CODE, 'orphan.js.gz': CODE }],
  ])('%s gets none', async (_what, files: Readonly<Record<string, string | Buffer>>) => {
    const folder = folderOf(files);
    const { code, stdout } = await run([folder, '--min-bytes', '1024']);
    expect([code, filesIn(folder)]).toEqual([0, Object.keys(files).sort()]);
    expect(stdout).toMatch('0 made, 0 removed\n');
  });

  it('are made of a file of just --min-bytes, 1024 where nothing is said', async () => {
    const folder = folderOf({ 'app.js': CODE.slice(0, 1024) });
    await run([folder, '--min-bytes', '1025']);
    expect(filesIn(folder)).toEqual(['app.js']);
    await run([folder]);
    expect(filesIn(folder)).toEqual(withSiblings('app.js'));
  });

  it('are made of any size with --min-bytes 0', async () => {
    const folder = folderOf({ 'small.js': CODE.slice(0, 500), 'empty.js': '' });
    const { stdout } = await run([folder, '--min-bytes', '0']);
    expect(filesIn(folder)).toEqual(['empty.js', ...withSiblings('small.js')]);
    expect(stdout).not.toMatch('NaN');
  });

  it('are not made through symbolic links', async () => {
    const outside = folderOf({ 'app.js': CODE, 'lib/lib.js': CODE });
    const folder = folderOf();
    symlinkSync(join(outside, 'app.js'), join(folder, 'app.js'));
    symlinkSync(join(outside, 'lib'), join(folder, 'lib'));
    symlinkSync(folder, join(folder, 'loop'));
    const { code } = await run([folder]);
    expect(code).toBe(0);
    expect([readdirSync(folder), filesIn(outside)]).toEqual([
      ['app.js', 'lib', 'loop'],
      ['app.js', 'lib/lib.js'],
    ]);
  });
});

describe('a second run', () => {
  const numbersOf = (folder: string) => filesIn(folder).map((path) => lstatSync(join(folder, path)).ino);

  it('does nothing', async () => {
    const folder = folderOf({ 'app.js': CODE, 'lib.js': CODE, 'random.js': randomBytes(2000) });
    const first = await run([folder]);
    expect(first.stdout).toMatch(`${2 * suffixes.length} made, 0 removed\n`);
    const numbers = numbersOf(folder);
    const second = await run([folder]);
    expect(second.stdout).toMatch('0 made, 0 removed\n');
    expect(numbersOf(folder)).toEqual(numbers);
    // The table is of what there is, whichever run has made it.
    expect(second.stdout.split('\n\n')[0]).toBe(first.stdout.split('\n\n')[0]);
  });

  it('does nothing where a file’s time is finer than node can set it', async () => {
    const folder = folderOf({ 'app.js': CODE });
    spawnSync('touch', ['-d', '2026-02-03T04:05:06.996999900Z', join(folder, 'app.js')]);
    expect(statSync(join(folder, 'app.js'), { bigint: true }).mtimeNs).toBe(1_770_091_506_996_999_900n);
    await run([folder]);
    expect((await run([folder])).stdout).toMatch('0 made, 0 removed\n');
  });

  it('with --force makes all anew', async () => {
    const folder = folderOf({ 'app.js': CODE });
    await run([folder]);
    const sibling = join(folder, 'app.js.br');
    writeFileSync(sibling, 'broken');
    expect((await run([folder])).stdout).toMatch('0 made, 0 removed\n');
    expect(readFileSync(sibling, 'utf8')).toBe('broken');
    const { stdout } = await run([folder, '--force']);
    expect(stdout).toMatch(`${suffixes.length} made, 0 removed\n`);
    expect(String(brotliDecompressSync(readFileSync(sibling)))).toBe(CODE);
  });

  it('makes those anew whose file has changed since', async () => {
    const folder = folderOf({ 'app.js': CODE, 'lib.js': CODE });
    for (const path of ['app.js', 'lib.js']) age(join(folder, path), THEN);
    await run([folder]);
    writeFileSync(join(folder, 'app.js'), `${CODE}changed`);
    age(join(folder, 'app.js'), LATER);
    expect((await run([folder])).stdout).toMatch(`${suffixes.length} made, 0 removed\n`);
    for (const suffix of suffixes)
      expect(String(decoders[suffix]!(readFileSync(join(folder, `app.js${suffix}`))))).toBe(`${CODE}changed`);
  });

  it.each([
    ['hardly compresses now', randomBytes(20_000), []],
    ['is small now', 'x', []],
    ['is asked for in another coding now', `${CODE}changed`, ['--encodings', 'br']],
  ])('removes what is out of date of a file that %s', async (_what, content, args) => {
    const folder = folderOf({ 'app.js': CODE });
    age(join(folder, 'app.js'), THEN);
    await run([folder]);
    writeFileSync(join(folder, 'app.js'), content);
    age(join(folder, 'app.js'), LATER);
    const { code, stdout } = await run([folder, ...args]);
    const left = args.length > 0 ? ['app.js.br'] : [];
    expect([code, filesIn(folder)]).toEqual([0, ['app.js', ...left]]);
    expect(stdout).toMatch(`${left.length} made, ${suffixes.length - left.length} removed\n`);
  });

  it('keeps what is up to date in codings that are not asked for', async () => {
    const folder = folderOf({ 'app.js': CODE });
    await run([folder]);
    const { stdout } = await run([folder, '--encodings', 'br', '--min-bytes', '1000000']);
    expect([filesIn(folder), stdout]).toEqual([
      withSiblings('app.js'),
      expect.stringMatching('0 made, 0 removed'),
    ]);
  });

  it('leaves alone what lies beside files that don’t compress', async () => {
    const folder = folderOf({ 'a.png': CODE, 'a.png.gz': 'mine' });
    age(join(folder, 'a.png.gz'), THEN);
    await run([folder, '--force']);
    expect(readFileSync(join(folder, 'a.png.gz'), 'utf8')).toBe('mine');
  });
});

describe('a file that fails', () => {
  it('is told, and stops no other', async () => {
    const folder = folderOf({
      'app.js': CODE,
      'app.js.br/in-the-way.txt': '',
      'lib.js': CODE,
      'sub/zoo.js': CODE,
    });
    mkdirSync(join(folder, 'sub/zoo.js.br'));
    const { code, stdout, stderr } = await run([folder]);
    expect(code).toBe(1);
    const told = stderr.split('\n').filter((line) => line.startsWith('failed: '));
    expect(told).toEqual([
      expect.stringMatching(/^failed: app\.js: E/),
      expect.stringMatching(/^failed: sub\/zoo\.js: E/),
    ]);
    expect(filesIn(folder)).toEqual(expect.arrayContaining(withSiblings('lib.js')));
    expect(stdout).toMatch('total      1');
    expect(filesIn(folder).filter((path) => path.endsWith('.tmp'))).toEqual([]);
  });
});

describe('an interrupted run', () => {
  /** The signal comes when a file has been written under its other name. */
  const INTERRUPTED = `
    Object.defineProperty(process.stderr, 'isTTY', { value: true });
    const fs = require('node:fs');
    const { renameSync } = fs;
    fs.renameSync = (...args) => {
      process.kill(process.pid, SIGNAL);
      renameSync(...args);
    };`;

  it.each(['SIGINT', 'SIGTERM'])('by %s ends by it, with every file whole', async (name) => {
    const folder = folderOf({ 'app.js': CODE, 'b.js': CODE, 'c.js': CODE });
    const { code, signal, stdout, stderr } = await run([folder], INTERRUPTED.replace('SIGNAL', `'${name}'`));
    expect([code, signal, stdout]).toEqual([null, name, '']);
    const siblings = filesIn(folder).filter((path) => !path.endsWith('.js'));
    expect(siblings).not.toEqual([]);
    for (const path of siblings)
      expect(String(decoders[path.slice(path.lastIndexOf('.'))]!(readFileSync(join(folder, path))))).toBe(
        CODE,
      );
    expect(stderr).toMatch('\u001B[?25h'); // the cursor is back
  });
});

describe('what is shown', () => {
  it('is a bar on a terminal, and the table', async () => {
    const folder = folderOf({ 'app.js': CODE, 'lib.js': CODE });
    const terminal = "Object.defineProperty(process.stderr, 'isTTY', { value: true });";
    const { stdout, stderr } = await run([folder, '--encodings', 'br'], terminal);
    expect(stderr).toMatch('2/2 files');
    expect(stdout).toMatch(
      /^type +files +before +br +saved\n\.js +2 .*\ntotal +2 .*\n\n2 made, 0 removed\n$/,
    );
  });

  it('is the table alone elsewhere', async () => {
    const { stderr } = await run([folderOf({ 'app.js': CODE }), '--encodings', 'br']);
    expect(stderr).toBe('');
  });

  it('says so where there is no file to compress', async () => {
    const { code, stdout } = await run([folderOf({ 'a.png': CODE })]);
    expect([code, stdout]).toEqual([0, 'no files to compress\n0 made, 0 removed\n']);
  });

  it('counts a file without a sibling as it is, and what the smallest saves', () => {
    const file = (path: string, bytes: number, siblings: object) => ({
      path,
      bytes,
      siblingBytes: new Map(Object.entries(siblings)) as never,
      made: 0,
      removed: 0,
    });
    const files = [
      file('/b.js', 4096, { br: 1024, gzip: 2048 }),
      file('/a.js', 1024, { br: 1000 }),
      file('/sub.d/LICENSE', 2048, {}),
      file('/c.json', 0, {}),
    ];
    expect(table(files, ['br', 'gzip'])).toBe(
      [
        'type    files  before    br  gzip  saved',
        '(none)      1    2 KB  2 KB  2 KB    0 %',
        '.js         2    5 KB  2 KB  3 KB   60 %',
        '.json       1     0 B   0 B   0 B    0 %',
        'total       4    7 KB  4 KB  5 KB   43 %',
        '',
      ].join('\n'),
    );
  });
});

it('failures are told in the order of their paths', () => {
  const failures = ['/b.js', '/a.js'].map((path) => ({ path, error: new Error('bad') }));
  expect(failuresText({ files: [], failures })).toBe('failed: a.js: bad\nfailed: b.js: bad\n');
});

describe('wrong usage', () => {
  const folder = () => folderOf({ 'app.js': CODE });

  it.each<[string, (folder: string) => string[], string]>([
    ['no folder', () => [], 'one folder is needed'],
    ['two folders', (dir) => [dir, dir], 'one folder is needed'],
    ['a missing folder', (dir) => [`${dir}/missing`], '/missing is not a folder'],
    ['a file', (dir) => [`${dir}/app.js`], '/app.js is not a folder'],
    ['an unknown option', (dir) => [dir, '--fast'], '--fast'],
    [
      'an unknown coding',
      (dir) => [dir, '--encodings', 'br,lzma'],
      "--encodings takes br, zstd, gzip, got 'lzma'",
    ],
    ['no coding', (dir) => [dir, '--encodings', ''], "--encodings takes br, zstd, gzip, got ''"],
    ['no number', (dir) => [dir, '--min-bytes', '1kb'], "--min-bytes takes a number of bytes, got '1kb'"],
    ['a negative number', (dir) => [dir, '--min-bytes=-1'], "--min-bytes takes a number of bytes, got '-1'"],
    ['a value for a flag', (dir) => [dir, '--force=yes'], '--force'],
  ])('%s: status 2, the reason and a screen of help, and nothing is written', async (_what, args, reason) => {
    const dir = folder();
    const { code, stdout, stderr } = await run(args(dir));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n')[0]).toMatch(reason);
    expect(stderr).toMatch('Usage: spillway-precompress DIR');
    expect(filesIn(dir)).toEqual(['app.js']);
  });

  it('help is asked for with --help, and fits on a screen', async () => {
    const { code, stdout, stderr } = await run(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    for (const option of ['--encodings', '--min-bytes', '--force', 'Exit status'])
      expect(stdout).toMatch(option);
  });
});
