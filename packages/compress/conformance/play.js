/**
 * Writes a body as its chunks say.
 * @param sink what is written to: the response, or the stream that is Koa's body.
 */
async function play(sink, res, body, progress) {
  const { chunks, endsWithLast, cutOff, trailers, writesCallBack, endCallsBack } = body;
  const callback = (wanted) => (wanted ? [progress.callback()] : []);
  if (body.flushHead) await flushHead(res, progress);
  let written = 0;
  for (const { data, encoding } of endsWithLast ? chunks.slice(0, -1) : chunks) {
    if (!sink.write(data, encoding, ...callback(writesCallBack))) await room(sink, res);
    if (body.flush) res.flush();
    written += Buffer.byteLength(data, encoding);
    if (body.live) await progress.reached(written);
  }
  if (cutOff) return sink.destroy(new Error('cut off'));
  if (trailers) res.addTrailers(trailers);
  const { data, encoding } = chunks.at(-1) ?? {};
  sink.end(...(endsWithLast ? [data, encoding] : []), ...callback(endCallsBack));
}

/** Then waits until the client has it. */
async function flushHead(res, progress) {
  res.flushHeaders();
  await progress.reached(0);
}

/** Whoever waits for room goes on as well when the client has left. */
const room = (sink, res) =>
  new Promise((resolve) => {
    const go = () => {
      sink.off('drain', go);
      res.off('close', go);
      resolve();
    };
    sink.once('drain', go);
    res.once('close', go);
  });

module.exports = { play };
