#!/usr/bin/env node
import { availableParallelism } from 'node:os';
import { SingleBar } from 'cli-progress';
import { type Arguments, readArguments, USAGE, UsageError } from './arguments';
import { coders } from './coders';
import { listFiles, precompressFiles } from './precompress-folder';
import { failuresText, summary } from './summary';

const FAILED = 1;
const WRONG_USAGE = 2;

// Coding runs on libuv's threads: four, where nobody says otherwise before the first is used.
process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism());

/** Draws nothing where stderr is no terminal. */
const bar = new SingleBar({ format: '{bar} {value}/{total} files', hideCursor: true });

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // While somebody listens, a signal waits for what is being written; then the terminal is put right and the signal ends the program.
  process.once(signal, () => {
    bar.stop();
    process.kill(process.pid, signal);
  });
}

async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2));
  if (args === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const { failures } = await precompress(args);
  return failures.length > 0 ? FAILED : 0;
}

async function precompress(args: Arguments) {
  const encodings = args.encodings.filter((coding) => coders.has(coding));
  if (encodings.length < args.encodings.length)
    process.stderr.write(`node ${process.version} has no zstd, so no .zst is made\n`);
  const paths = listFiles(args.folder);
  if (paths.length > 0) bar.start(paths.length, 0);
  const options = { ...args, encodings };
  const report = await precompressFiles(args.folder, paths, options, () => bar.increment());
  bar.stop();
  process.stdout.write(summary(report, options));
  process.stderr.write(failuresText(report));
  return report;
}

function complain(error: unknown): number {
  const { message } = error as Error;
  const isUsage = error instanceof UsageError;
  process.stderr.write(`spillway-precompress: ${message}\n${isUsage ? `\n${USAGE}` : ''}`);
  return isUsage ? WRONG_USAGE : FAILED;
}

void main()
  .catch(complain)
  .then((exitCode) => {
    process.exitCode = exitCode;
  });
