const { fieldOf, hasContent, linesOf } = require('./client');

/**
 * What has to be true of every response, whatever else it is asked about.
 * @param about the request and the application's answer.
 * @returns what isn't, in few words.
 */
function firstLie(response, about, { status, endsEarly }) {
  if (endsEarly) return response.cutOff ? undefined : 'looks complete';
  if (response.failure) return response.failure;
  const expected = [status ?? about.answer.status].flat();
  if (!expected.includes(response.status)) return `status ${response.status}`;
  return framingLie(response, about) ?? contentLie(response, about);
}

/** RFC 9112, 6.2 and 6.3; RFC 9110, 8.6. */
function framingLie(response, { request }) {
  const lengths = linesOf(response, 'Content-Length');
  const chunked = fieldOf(response, 'Transfer-Encoding');
  if (lengths.length > 1) return 'Content-Length twice';
  if (lengths.length > 0 && chunked !== undefined) return 'Content-Length and Transfer-Encoding';
  const [length] = lengths;
  if (response.status === 204 && length !== undefined) return 'Content-Length of a 204';
  if (request.method === 'HEAD' || response.status === 304 || length === undefined) return undefined;
  return Number(length) === response.wire.length ? undefined : `Content-Length ${length} is untrue`;
}

/** What the application said reaches the client, where the answer is the application's. */
function contentLie({ status, wire, decoded }, { request, answer }) {
  if (!hasContent(request.method, status)) return wire.length > 0 ? `content of a ${status}` : undefined;
  if (status !== answer.status || answer.thrown) return undefined;
  const { plain = answer.body.bytes } = answer;
  if (decoded.equals(plain)) return undefined;
  return decoded.length === plain.length ? 'other bytes' : `${decoded.length} bytes of ${plain.length}`;
}

module.exports = { firstLie };
