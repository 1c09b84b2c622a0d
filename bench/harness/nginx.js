const fs = require('node:fs');
const path = require('node:path');
const { nativeServer } = require('./native-server');

/** One worker in the foreground. */
const configOf = (folder, port, http, location) => `
daemon off; master_process off; worker_processes 1; worker_rlimit_nofile 8192;
pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder}; default_type application/json; keepalive_requests 1000000000;
  ${http}
  server { listen 127.0.0.1:${port}; root ${folder}; location / { ${location} } }
}`;

const start = (filesOf) =>
  nativeServer('nginx', async (folder, port) => {
    const files = await filesOf(folder, port);
    for (const name in files) fs.writeFileSync(path.join(folder, name), files[name]);
    return ['-c', path.join(folder, 'nginx.conf'), '-e', path.join(folder, 'error.log')];
  });

/** nginx as it serves one file. */
exports.nginx = (body, gzip) =>
  start((folder, port) => ({
    'body.json': body,
    'nginx.conf': configOf(
      folder,
      port,
      `gzip ${gzip ? 'on' : 'off'}; gzip_comp_level 6; gzip_types application/json; gzip_min_length 1;`,
      'try_files /body.json =404;',
    ),
  }));

/**
 * nginx as a cache in front of an application.
 * @param listen starts the application and gives its port.
 * @param more directives of the location.
 */
exports.nginxCache = (listen, more = '') =>
  start(async (folder, port) => ({
    'nginx.conf': configOf(
      folder,
      port,
      `sendfile on; tcp_nopush on; proxy_cache_path ${folder}/cache keys_zone=responses:10m;`,
      `proxy_pass http://127.0.0.1:${await listen()}; proxy_cache responses; proxy_cache_valid 200 1h; ${more}`,
    ),
  }));
