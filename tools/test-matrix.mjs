// Runs the tests on the other versions of Node that we support, each from the npm package that holds its binary.
import { spawnSync } from 'node:child_process';

const VERSIONS = [22, 24, 26];
const TEST = 'node --version && node node_modules/jest/bin/jest.js';
const { platform, arch } = process;

const failed = VERSIONS.filter((version) => {
  const binary = `--package=node-${platform}-${arch}@${version}`;
  return spawnSync('npx', ['--yes', binary, '--call', TEST], { stdio: 'inherit' }).status !== 0;
});
if (failed.length > 0) {
  console.error(`failed on Node ${failed.join(', ')}`);
  process.exitCode = 1;
}
