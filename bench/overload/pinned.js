const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { startChild } = require('../harness/child');

/** Numbers of the processors that this process may use. */
function processors() {
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
  return allowed.split(',').flatMap((range) => {
    const [from, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

function pinning() {
  if (process.platform !== 'linux' || spawnSync('taskset', ['--version']).error)
    return { says: 'not pinned: there is no taskset; what the generator needs, the server lacks' };
  const [server, others] = processors();
  if (others === undefined)
    return { says: 'not pinned: one processor only; what the generator needs, the server lacks' };
  return { server, others, says: `server on processor ${server}, generator and downstream on ${others}` };
}

const cores = pinning();

/**
 * Starts a process as `startChild` does, where the server is, or apart from it.
 * @param place 'server' or 'others'.
 * @returns it with its `core` and `pid`, and with `kill()`: a server that is overloaded hears nothing else for long.
 */
async function startPinned(place, file, ...args) {
  const core = cores[place];
  const child =
    core === undefined
      ? startChild(file, args)
      : startChild(file, args, ['--cpu-list', String(core), process.execPath], 'taskset');
  const pid = await child.call('pid');
  return { call: child.call, core, pid, kill: () => process.kill(pid, 'SIGKILL') };
}

module.exports = { pinned: cores.says, startPinned };
