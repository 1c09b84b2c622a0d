const http = require('node:http');
const compression = require('compression');
const { compress } = require('@spillway/compress/http');
const { stack } = require('@spillway/core/http');
const { corpora } = require('../bodies');
const { startChild } = require('../harness/child');
const { nodeOfVersion } = require('../harness/node-version');
const { quartiles } = require('../harness/statistics');
const { medianOf, table } = require('../harness/table');
const { atLeast } = require('../harness/targets');
const { served } = require('../harness/under-load');

const BROWSER = 'gzip, deflate, br, zstd';

const MIDDLEWARE = { spillway: () => stack([compress()]), compression };

exports.inChild = (name) => {
  const enter = MIDDLEWARE[name]();
  return served((req, res) =>
    enter(req, res, () => {
      const { type, body } = corpora()[decodeURIComponent(req.url.slice(1))];
      res.setHeader('Content-Type', type);
      res.end(body);
    }),
  );
};

exports.title = 'Bytes saved';
exports.packages = ['compression'];
exports.scale = { rounds: 1, nodes: [undefined, 24] };
exports.quick = { rounds: 1, nodes: [undefined] };

exports.run = async ({ nodes }) => {
  const tables = [];
  for (const node of nodes) tables.push(await savings(node));
  return { tables, targets: tables.map(targetOf) };
};

async function savings(node) {
  const names = Object.keys(corpora());
  const shares = {};
  for (const name of Object.keys(MIDDLEWARE)) {
    const child = startChild(__filename, [name], [], node && nodeOfVersion(node));
    const port = await child.call('listen');
    shares[name] = [];
    for (const corpus of names) {
      const coded = await bytesOf(port, corpus);
      shares[name].push(100 * (1 - coded / corpora()[corpus].body.length));
    }
    child.stop();
  }
  const title = `on node ${node ?? process.versions.node.split('.')[0]}, as a browser asks`;
  const columns = ['bytes', ...Object.keys(MIDDLEWARE).map((name) => `${name}, % fewer`)];
  const rows = names.map((name, i) => ({
    name,
    cells: [
      quartiles([corpora()[name].body.length]),
      ...Object.values(shares).map((own) => quartiles([own[i]])),
    ],
  }));
  return table(title, columns, rows);
}

const bytesOf = (port, corpus) =>
  new Promise((resolve, reject) => {
    const headers = { 'Accept-Encoding': BROWSER };
    const path = `/${encodeURIComponent(corpus)}`;
    http
      .get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
        let bytes = 0;
        response.on('data', (chunk) => {
          bytes += chunk.length;
        });
        response.on('end', () => resolve(bytes));
      })
      .on('error', reject);
  });

/** What is said of compression everywhere: 60 to 80 % fewer bytes. */
const targetOf = (result) =>
  atLeast(
    `${result.title}: the least that is saved, %`,
    Math.min(...result.rows.map(({ name }) => medianOf(result, name, 'spillway, % fewer'))),
    60,
  );
