/**
 * Closed loop: on each connection the next request follows the answer.
 * @returns answers a second, once it has warmed up.
 */
async function saturate({ connections, request, warmupMs, ms }) {
  const begun = performance.now();
  const [fromMs, toMs] = [begun + warmupMs, begun + warmupMs + ms];
  let answers = 0;
  const ask = (connection) =>
    new Promise((resolve, reject) => {
      const next = () => connection.send(request, settle);
      const settle = (answer) => {
        if (answer?.status !== 200) return reject(new Error(`a plain server answered ${answer?.status}`));
        const now = performance.now();
        if (now >= toMs) return resolve();
        if (now >= fromMs) answers++;
        next();
      };
      next();
    });
  await Promise.all(connections.map(ask));
  return (answers * 1000) / ms;
}

module.exports = { saturate };
