// Runs in the process that `startChild` makes, and ends with its parent.
const [file, args] = process.argv.slice(2);
const contestant = require(file).inChild(...JSON.parse(args));

process.on('disconnect', () => process.exit());
process.on('message', async ({ method, parameters }) => {
  try {
    process.send({ result: await contestant[method](...parameters) });
  } catch (error) {
    process.send({ error: error.stack });
  }
});
