const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

/**
 * Starts a process of its own for one contestant. There, the file's `inChild(...args)` makes an object; its methods are called
 * from here, one at a time.
 */
function startChild(file, args, execArgv = [], execPath = process.execPath) {
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = fork(path.join(__dirname, 'child-main.js'), [file, JSON.stringify(args)], {
    env,
    execArgv,
    execPath,
  });
  return {
    call: (method, ...parameters) =>
      new Promise((resolve, reject) => {
        const settle = ({ result, error }) => {
          child.off('message', settle).off('exit', gone);
          if (error === undefined) resolve(result);
          else reject(new Error(error));
        };
        const gone = (code) => settle({ error: `${path.basename(file)} ${args} ended with ${code}` });
        child.on('message', settle).on('exit', gone);
        child.send({ method, parameters });
      }),
    /** Resolves once it is gone. */
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

module.exports = { startChild };
