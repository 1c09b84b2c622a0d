const http = require('node:http');
const { codingsOf, decode } = require('./decode');

/**
 * Sends one request and takes its response as it comes over the wire, with a decoded copy of the body.
 * @param progress is told how far the client has got.
 * @returns `failure` in place of what couldn't be had.
 */
async function exchange(port, { method = 'GET', fields }, agent, progress) {
  const since = performance.now();
  const request = http.request({ host: '127.0.0.1', port, method, headers: fields, agent });
  let informational = 0;
  request.on('information', () => informational++);
  request.end();
  try {
    const message = await new Promise((resolve, reject) =>
      request.once('response', resolve).on('error', reject),
    );
    const head = { status: message.statusCode, fields: pairsOf(message.rawHeaders) };
    const body = await bodyOf(message, { method, ...head }, progress);
    const elapsedMs = performance.now() - since;
    return { ...head, ...body, informational, trailers: message.trailers, elapsedMs };
  } catch (error) {
    return { fields: [], failure: `no answer: ${error.code ?? error.message}`, cutOff: true };
  }
}

const WITHOUT_CONTENT = [204, 205, 304];

const hasContent = (method, status) => method !== 'HEAD' && !WITHOUT_CONTENT.includes(status);

/** The bytes of a body, and what they decode to. */
async function bodyOf(stream, { method, status, fields }, progress) {
  const wire = [];
  const codings = hasContent(method, status) ? codingsOf(fieldOf({ fields }, 'Content-Encoding')) : [];
  stream.on('data', (chunk) => wire.push(chunk));
  progress.advance(1);
  try {
    const decoded = await decode(stream, codings, (bytes) => progress.advance(bytes));
    return { wire: Buffer.concat(wire), decoded };
  } catch (error) {
    if (stream.complete === false) return { failure: 'cut off', cutOff: true };
    return { failure: `not decodable: ${error.message}` };
  }
}

function pairsOf(raw) {
  const pairs = [];
  for (let i = 0; i < raw.length; i += 2) pairs.push([raw[i], raw[i + 1]]);
  return pairs;
}

/** Each line of a field. */
const linesOf = ({ fields }, name) =>
  fields.filter(([other]) => other.toLowerCase() === name.toLowerCase()).map(([, value]) => value);

/** Its lines as one list (RFC 9110, 5.3), undefined where there is none. */
const fieldOf = (response, name) => {
  const lines = linesOf(response, name);
  return lines.length > 0 ? lines.join(', ') : undefined;
};

module.exports = { bodyOf, exchange, fieldOf, hasContent, linesOf };
