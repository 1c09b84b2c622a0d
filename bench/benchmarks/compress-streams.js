const http = require('node:http');
const { once } = require('node:events');
const { performance } = require('node:perf_hooks');
const zlib = require('node:zlib');
const compression = require('compression');
const express = require('express');
const { compress } = require('@spillway/compress/express');
const { startChild } = require('../harness/child');
const { settledBytes } = require('../harness/heap');
const { rotate } = require('../harness/rotate');
const { quartiles } = require('../harness/statistics');
const { medianOf, table } = require('../harness/table');
const { atMost } = require('../harness/targets');
const { served } = require('../harness/under-load');

const DECODERS = { gzip: zlib.createGunzip, br: zlib.createBrotliDecompress, deflate: zlib.createInflate };

const MIDDLEWARE = {
  'no compression': [],
  spillway: () => [compress()],
  compression: () => [compression()],
};

/** By name, who compresses and what the client asks for. */
const CONTESTANTS = {
  'no compression': ['no compression', undefined],
  'spillway, gzip': ['spillway', 'gzip'],
  'spillway, br': ['spillway', 'br'],
  'spillway, deflate': ['spillway', 'deflate'],
  'compression, gzip': ['compression', 'gzip'],
  'compression, br': ['compression', 'br'],
};

/** An event at once, and the others when they are asked for. */
exports.inChild = (name) => {
  const app = express();
  const make = MIDDLEWARE[name];
  for (const one of typeof make === 'function' ? make() : make) app.use(one);
  app.get('/', (_req, res) => {
    res.type('text/event-stream');
    res.write(`data: ${'x'.repeat(200)}\n\n`);
    // What its documentation asks for; each write of ours reaches the client anyway.
    res.flush?.();
  });
  return {
    ...served(app),
    async residentBytes() {
      await settledBytes();
      return process.memoryUsage().rss;
    },
  };
};

exports.title = 'Open streams';
exports.packages = ['express', 'compression'];
exports.scale = { rounds: 20, warmup: 2, streams: 400 };
exports.quick = { rounds: 1, warmup: 0, streams: 20 };

exports.run = async ({ rounds, warmup, streams }) => {
  const memory = await memoryTable(streams);
  const latency = await latencyTable(rounds, warmup);
  return { tables: [memory, latency], targets: targetsOf(memory, latency) };
};

async function memoryTable(count) {
  const rows = [];
  for (const [label, [name, coding]] of Object.entries(CONTESTANTS)) {
    const child = startChild(__filename, [name], ['--expose-gc']);
    const port = await child.call('listen');
    const warm = await openAll(port, coding, 20);
    const before = await child.call('residentBytes');
    const opened = await openAll(port, coding, count);
    const after = await child.call('residentBytes');
    for (const request of [...warm, ...opened]) request.destroy();
    child.stop();
    rows.push({ name: label, cells: [quartiles([(after - before) / count / 1024])] });
  }
  return table('memory', ['KiB an open stream'], rows);
}

async function openAll(port, coding, count) {
  const requests = [];
  for (let i = 0; i < count; i++) {
    const { request, response } = await open(port, coding);
    await once(response, 'data');
    requests.push(request);
  }
  return requests;
}

async function open(port, coding) {
  const headers = coding ? { 'Accept-Encoding': coding } : {};
  const request = http.get({ host: '127.0.0.1', port, headers, agent: false });
  request.on('error', () => {});
  const [response] = await once(request, 'response');
  response.on('error', () => {});
  return { request, response };
}

async function latencyTable(rounds, warmup) {
  const children = {};
  for (const [label, [name, coding]] of Object.entries(CONTESTANTS)) {
    const child = startChild(__filename, [name]);
    children[label] = { child, port: await child.call('listen'), coding };
  }
  const slices = Object.fromEntries(
    Object.entries(children).map(([label, { port, coding }]) => [label, () => firstEvent(port, coding)]),
  );
  await rotate(slices, warmup);
  const samples = await rotate(slices, rounds);
  for (const { child } of Object.values(children)) child.stop();
  const rows = Object.entries(samples).map(([name, times]) => ({
    name,
    cells: [quartiles(times), quartiles([Math.max(...times)])],
  }));
  return table('head and first event', ['ms', 'ms at most'], rows);
}

/** Milliseconds from the request to its first event, decoded. */
async function firstEvent(port, coding) {
  const begun = performance.now();
  const { request, response } = await open(port, coding);
  await once(coding ? response.pipe(DECODERS[coding]()) : response, 'data');
  const ms = performance.now() - begun;
  request.destroy();
  return ms;
}

function targetsOf(memory, latency) {
  const kib = (name) => medianOf(memory, name, 'KiB an open stream');
  const ours = Object.keys(CONTESTANTS).filter((name) => name.startsWith('spillway'));
  return [
    atMost('an open gzip stream above none, KiB', kib('spillway, gzip') - kib('no compression'), 140),
    ...ours.map((name) =>
      atMost(`${name}: head and first event, ms`, medianOf(latency, name, 'ms at most'), 20),
    ),
  ];
}
