const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

/**
 * Asks one contestant all tests, or the one named, which then prints what it says and hears. What serves and what asks are
 * processes of their own, as the suite keeps its state in modules.
 * @returns what became of each test.
 */
async function ask({ name }, suite, only = '') {
  const stdout = only ? 'inherit' : 'ignore';
  const server = start('server-main.js', [suite, name], stdout);
  let client;
  try {
    const { port } = await server.answer;
    client = start('client-main.js', [suite, port, only], stdout);
    return await Promise.race([client.answer, server.end]);
  } finally {
    await Promise.all([server.stop(), client?.stop()]);
  }
}

/** A process with `answer`, the first thing that it says, and `end`, which is rejected when it has ended. */
function start(script, args, stdout) {
  const child = fork(path.join(__dirname, script), args, {
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const end = exited.then(([code, signal]) => {
    throw new Error(`${script} ${args.join(' ')} ended with ${signal ?? code}`);
  });
  const answer = Promise.race([once(child, 'message').then(([message]) => message), end]);
  const stop = () => {
    child.kill();
    return exited;
  };
  return { answer, end, stop };
}

/** Runs one after the other, in so many lanes at once. */
async function inLanes(count, items, run) {
  const results = [];
  const waiting = items.entries();
  const lane = async () => {
    for (const [i, item] of waiting) results[i] = await run(item);
  };
  await Promise.all(Array.from({ length: count }, lane));
  return results;
}

module.exports = { ask, inLanes };
