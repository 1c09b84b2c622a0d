const fs = require('node:fs');
const path = require('node:path');
const { versionOf } = require('./suite');

const frameworkVersionOf = (name) => {
  const manifest = path.join(__dirname, '../node_modules', name, 'package.json');
  return JSON.parse(fs.readFileSync(manifest, 'utf8')).version;
};

/** What a table of results depends on. */
const versionsLine = (suite) =>
  [
    `Node ${process.version}`,
    ...['express', 'koa'].map((name) => `${name} ${frameworkVersionOf(name)}`),
    `cache-tests ${versionOf(suite)}`,
  ].join(', ');

module.exports = { versionsLine };
