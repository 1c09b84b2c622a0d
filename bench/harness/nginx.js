const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');

/** Clock ticks of /proc, which are 10 ms on every Linux that we know. */
const US_PER_TICK = 10_000;

/** One worker in the foreground, which serves one file. */
const configOf = (folder, port, gzip) => `
daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder}; default_type application/json; keepalive_requests 1000000000;
  gzip ${gzip ? 'on' : 'off'}; gzip_comp_level 6; gzip_types application/json; gzip_min_length 1;
  server { listen 127.0.0.1:${port}; root ${folder}; location / { try_files /body.json =404; } }
}`;

/** nginx in the place of a contestant, as `served` of under-load.js gives it. */
exports.nginx = (body, gzip) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-nginx-'));
  let child;
  process.on('exit', () => {
    child?.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return {
    async listen() {
      const port = 20_000 + Math.floor(Math.random() * 10_000);
      fs.writeFileSync(path.join(folder, 'body.json'), body);
      fs.writeFileSync(path.join(folder, 'nginx.conf'), configOf(folder, port, gzip));
      fs.chmodSync(folder, 0o755);
      child = spawn('nginx', ['-c', path.join(folder, 'nginx.conf'), '-e', path.join(folder, 'error.log')], {
        stdio: 'ignore',
      });
      await answering(port);
      return port;
    },
    spentUs() {
      const stat = fs.readFileSync(`/proc/${child.pid}/stat`, 'utf8');
      const [user, system] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13)
        .map(Number);
      const cpuUs = (user + system) * US_PER_TICK;
      return { cpuUs, mainUs: cpuUs };
    },
  };
};

async function answering(port) {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer();
    } catch {
      await pause(20); // it is still starting
    }
  }
  throw new Error('nginx does not answer');
}
