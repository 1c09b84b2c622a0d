const path = require('node:path');
const { nativeServer } = require('./native-server');

/**
 * Varnish as a cache in front of an application, with the settings that it comes with.
 * @param listen starts the application and gives its port.
 */
exports.varnish = (listen) =>
  nativeServer('varnishd', async (folder, port) => [
    '-F',
    ...['-j', 'none'],
    ...['-n', path.join(folder, 'varnish')],
    ...['-T', 'none'],
    ...['-a', `127.0.0.1:${port}`],
    ...['-b', `127.0.0.1:${await listen()}`],
    ...['-s', 'malloc,64m'],
    ...['-t', '3600'],
  ]);
