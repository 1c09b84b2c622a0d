const fs = require('node:fs');
const path = require('node:path');

/**
 * What a checkout of the suite has, in little. Each test is asked twice; what was heard and how often the origin was asked is
 * compared.
 */
const ENGINE = {
  'package.json': '{ "version": "1.2.3" }',
  'node_modules/undici/package.json': '{ "main": "index.js" }',
  'node_modules/undici/index.js': '',
  'test-engine/server/memory.mjs': 'export const answers = new Map(), counts = new Map();',
  'test-engine/server/handle-config.mjs': `
    import { answers, counts } from './memory.mjs';
    export default function handleConfig([id], request, response) {
      let body = '';
      request.on('data', (chunk) => (body += chunk)).on('end', () => {
        console.log('the server was told of ' + id);
        answers.set(id, JSON.parse(body));
        counts.set(id, 0);
        response.statusCode = 201;
        response.end();
      });
    }`,
  'test-engine/server/handle-state.mjs': `
    import { counts } from './memory.mjs';
    export default ([id], request, response) => void response.end(String(counts.get(id)));`,
  'test-engine/server/handle-test.mjs': `
    import { answers, counts } from './memory.mjs';
    export default function handleTest([id], request, response) {
      const { status, reason, cacheControl, hints, leaves, dump } = answers.get(id);
      counts.set(id, counts.get(id) + 1);
      if (dump) console.log('the server was asked ' + id);
      if (leaves) return response.socket.destroy();
      if (hints) response.writeProcessing();
      if (hints) response.writeEarlyHints(hints);
      if (cacheControl) response.setHeader('Cache-Control', cacheControl);
      if (status) response.statusCode = status;
      if (reason) response.statusMessage = reason;
      response.end('text');
    }`,
  'test-engine/client/runner.mjs': `
    import http from 'node:http';
    const results = {};
    export const getResults = () => results;
    export async function runTests(groups, browserCache, base, chunkSize) {
      const tests = groups.flatMap((group) => group.tests);
      if (chunkSize < tests.length) throw new Error('not at once');
      for (const test of tests) {
        if (!test.browser_only || browserCache) results[test.id] = test.outcome ?? (await resultOf(test, base));
      }
    }
    async function resultOf({ id, answer, expected, dump }, base) {
      const configured = await ask('PUT', base + '/config/' + id, JSON.stringify({ ...answer, dump }));
      if (configured.head !== '201 Created') return ['Setup', configured.head];
      const heard = [];
      for (const count of [1, 2]) heard.push((await ask('GET', base + '/test/' + id)).head);
      const state = await ask('GET', base + '/state/' + id);
      if (state.head !== '200 OK') return ['Setup', state.head];
      const found = [...heard, 'origin ' + state.body].join(', ');
      if (dump) console.log('the client has heard ' + found);
      return found === expected || ['Assertion', found];
    }
    const ask = (method, url, content) =>
      new Promise((resolve) => {
        const heads = [];
        http.request(url, { method })
          .on('information', ({ statusCode }) => heads.push(statusCode))
          .on('response', async (response) => {
            const body = (await response.toArray()).join('');
            resolve({ head: [...heads, response.statusCode, response.statusMessage].join(' '), body });
          })
          .on('error', ({ code }) => resolve({ head: code }))
          .end(content);
      });`,
  'test-engine/lib/results.mjs': `
    const names = ['untested', 'pass', 'fail', 'optional_fail', 'yes', 'no', 'setup_fail', 'harness_fail', 'dependency_fail'];
    export const resultTypes = Object.fromEntries(names.map((name) => [name, ['', '', '']]));
    export function determineTestResult(groups, id, results, withDependencies = true) {
      return resultTypes[nameOf(groups.flatMap((group) => group.tests), id, results, withDependencies)];
    }
    function nameOf(tests, id, results, withDependencies) {
      const { kind, depends_on = [] } = tests.find((test) => test.id === id);
      const result = results[id];
      if (result === undefined) return 'untested';
      if (withDependencies && depends_on.some((other) => results[other] !== true)) return 'dependency_fail';
      if (result[0] === 'Setup') return 'setup_fail';
      if (result[0] === 'AbortError') return 'harness_fail';
      if (kind === 'check') return result === true ? 'yes' : 'no';
      if (result === true) return 'pass';
      return kind === 'optimal' ? 'optional_fail' : 'fail';
    }`,
};

/**
 * Lays out a suite that is tested with, in a folder that is there.
 * @param without what the names of files begin with that are left out.
 */
function writeSuite(folder, tests, without) {
  const index = `export default ${JSON.stringify([{ id: 'all', tests }])}`;
  for (const [name, text] of Object.entries({ ...ENGINE, 'tests/index.mjs': index })) {
    if (without !== undefined && name.startsWith(without)) continue;
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
}

module.exports = { writeSuite };
