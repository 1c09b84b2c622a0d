/**
 * Closed loop: on each connection the next request follows the answer.
 * @param request makes the bytes of the next one.
 * @param isFine of an answer; one that isn't ends it.
 * @returns answers a second, once it has warmed up.
 */
async function saturate({ connections, request, warmupMs, ms, isFine = is200 }) {
  const begun = performance.now();
  const [fromMs, toMs] = [begun + warmupMs, begun + warmupMs + ms];
  let answers = 0;
  const ask = (connection) =>
    new Promise((resolve, reject) => {
      const next = () => connection.send(request(), settle);
      const settle = (answer) => {
        if (!isFine(answer)) return reject(new Error(`a plain server answered ${answer?.status}`));
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

const is200 = (answer) => answer?.status === 200;

module.exports = { saturate };
