const fs = require('node:fs');
const path = require('node:path');

const COMPARED = ['compression', 'koa-compress', 'express', 'koa'];

/** Not by `require`: not every package exports its manifest. */
const versionOf = (name) => {
  const manifest = path.join(__dirname, '../node_modules', name, 'package.json');
  return JSON.parse(fs.readFileSync(manifest, 'utf8')).version;
};

/** What a table of results depends on. */
const versionsLine = () =>
  [`Node ${process.version}`, ...COMPARED.map((name) => `${name} ${versionOf(name)}`)].join(', ');

module.exports = { versionsLine };
