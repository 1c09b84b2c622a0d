// Looks at each package as its users get it: packed, resolved by every kind of resolver, its types compiled by an
// application that checks libraries and has the types of one framework, or of none.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const FRAMEWORKS = ['express', 'koa'];
const COMPILER_OPTIONS = { module: 'node20', target: 'es2023', strict: true, noEmit: true, types: ['node'] };

const temp = mkdtempSync(join(tmpdir(), 'spillway-'));
process.on('exit', () => rmSync(temp, { recursive: true, force: true }));
// The interrupted child fails. Without a listener this process would end at once and leave its files.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

const packages = pack();
for (const { name, filename } of packages) {
  run('publint', 'run', filename, '--strict');
  run('attw', filename, '--format', 'ascii');
  console.log(`${name}: files and entry points`);
}
for (const framework of [...FRAMEWORKS, undefined]) {
  compileConsumer(framework);
  console.log(`all packages: types, with those of ${framework ?? 'no framework'}`);
}

function pack() {
  const pnpm = ['--yes', readJson('package.json').packageManager];
  return JSON.parse(
    run('npx', ...pnpm, '-r', '--filter', './packages/*', 'pack', '--json', '--pack-destination', temp),
  );
}

/** An application that imports everything but the adapters of other frameworks, and has the clients of its databases. */
function compileConsumer(framework) {
  const directory = join(temp, `on-${framework}`);
  const modules = join(directory, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  symlinkSync(resolve('node_modules/@types/node'), join(modules, '@types/node'));
  if (framework)
    symlinkSync(resolve('packages/core/node_modules/@types', framework), join(modules, '@types', framework));
  // Who imports the driver of a database has its client.
  symlinkSync(resolve('packages/db-pool/node_modules/@types/pg'), join(modules, '@types/pg'));

  const entries = packages.flatMap(({ name, filename }) =>
    entriesOf(name, unpack(filename, join(modules, name))),
  );
  const known = entries.filter(
    (entry) => !FRAMEWORKS.some((other) => other !== framework && entry.endsWith(other)),
  );
  const source = known.map((entry, i) => `export * as entry${i} from '${entry}';\n`).join('');
  writeFileSync(join(directory, 'index.ts'), source);
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
  run('tsc', '-p', directory);
}

function unpack(tarball, directory) {
  mkdirSync(directory, { recursive: true });
  run('tar', '-xzf', tarball, '-C', directory, '--strip-components=1');
  return directory;
}

function entriesOf(name, directory) {
  const { exports } = readJson(join(directory, 'package.json'));
  return Object.keys(exports)
    .filter((subpath) => exports[subpath].endsWith('.js'))
    .map((subpath) => join(name, subpath));
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** @returns what the command wrote; where it fails, that is shown and the check ends. */
function run(command, ...args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status === 0) return stdout;
  console.error(`${command} ${args.join(' ')}\n${error ?? stdout + stderr}`);
  process.exit(1);
}
