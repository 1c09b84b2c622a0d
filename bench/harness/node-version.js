const { execFileSync } = require('node:child_process');

/** The binary of another version of node, from the npm package that holds it. */
exports.nodeOfVersion = (version) => {
  const { platform, arch } = process;
  const spec = `node-${platform}-${arch}@${version}`;
  const args = ['--yes', `--package=${spec}`, '--call', 'command -v node'];
  return execFileSync('npx', args, { encoding: 'utf8' }).trim();
};
