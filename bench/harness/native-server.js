const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');
const { freePort } = require('./ports');
const { ticksOf, US_PER_TICK } = require('./proc');

/**
 * A server that isn't written in node, in the place of a contestant, as `served` of under-load.js gives it.
 * @param argumentsFor of a folder of its own and a port, what the command is started with.
 */
exports.nativeServer = (command, argumentsFor) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `bench-${command}-`));
  let pid;
  process.on('exit', () => {
    for (const each of familyOf(pid)) process.kill(each, 'SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return {
    async listen() {
      const port = await freePort();
      fs.chmodSync(folder, 0o755);
      const child = spawn(command, await argumentsFor(folder, port), { stdio: 'ignore' });
      pid = child.pid;
      await answering(port, child);
      return port;
    },
    spentUs() {
      const cpuUs = familyOf(pid).reduce((us, each) => us + ticksOf(each) * US_PER_TICK, 0);
      return { cpuUs, mainUs: cpuUs };
    },
  };
};

/** A process and those that it has started. */
function familyOf(pid) {
  if (pid === undefined || !fs.existsSync(`/proc/${pid}`)) return [];
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

async function answering(port, child) {
  for (let tries = 0; tries < 250 && child.exitCode === null; tries++) {
    try {
      return await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer();
    } catch {
      await pause(20); // it is still starting
    }
  }
  throw new Error(`${child.spawnfile} does not answer`);
}
