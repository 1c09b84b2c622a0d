const { ensureCommand, isInstalled, versionOf } = require('./harness/debian');
const { nginxCache } = require('./harness/nginx');
const { varnish } = require('./harness/varnish');

const NGINX = { command: 'nginx', debianPackage: 'nginx-light', flag: '-v' };
const VARNISH = { command: 'varnishd', debianPackage: 'varnish', flag: '-V' };

/** By name, what starts it; `listen` starts the application behind it. */
const PROXIES = {
  nginx: { ...NGINX, start: (listen) => nginxCache(listen) },
  'nginx, proxy_cache_lock': { ...NGINX, start: (listen) => nginxCache(listen, 'proxy_cache_lock on;') },
  Varnish: { ...VARNISH, start: (listen) => varnish(listen) },
};

/** Installs them where that can be done. */
function ensureProxies() {
  for (const { command, debianPackage } of Object.values(PROXIES)) {
    try {
      ensureCommand(command, debianPackage);
    } catch (error) {
      console.error(error.message); // the tables go without it
    }
  }
}

const isThere = (name) => isInstalled(PROXIES[name].command);

/** Those of the given names that are there. */
const proxiesOf = (names) => names.filter(isThere);

/** By name, the versions of those that are there. */
const proxyVersions = () =>
  Object.fromEntries(
    ['nginx', 'Varnish']
      .filter(isThere)
      .map((name) => [name, versionOf(PROXIES[name].command, PROXIES[name].flag)]),
  );

const startProxy = (name, listen) => PROXIES[name].start(listen);

module.exports = { ensureProxies, proxiesOf, proxyVersions, startProxy };
