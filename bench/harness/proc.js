const fs = require('node:fs');

/** Clock ticks of /proc, which are 10 ms on every Linux that we know. */
const US_PER_TICK = 10_000;

/** CPU that a process has spent, its own and the kernel's for it. */
function ticksOf(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return user + system;
}

module.exports = { ticksOf, US_PER_TICK };
