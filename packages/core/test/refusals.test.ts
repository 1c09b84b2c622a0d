import { type HttpRequest, isFieldString, problemReply, refusalError, serializeString } from '@spillway/core';
import fc from 'fast-check';

const asking = (accept?: string): HttpRequest => ({
  method: 'GET',
  originalUrl: '/',
  headers: accept === undefined ? {} : { accept },
  protocol: 'http',
  host: 'test',
});

describe('a problem', () => {
  const problem = { status: 429, type: 'about:limit', detail: 'Wait a little.', limit: 5 };

  it.each([
    [undefined, 'application/problem+json'],
    ['*/*', 'application/problem+json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/problem+json'],
    ['application/*', 'application/problem+json'],
    ['application/json', 'application/json'],
    ['text/plain, application/json;q=0.5', 'text/plain; charset=utf-8'],
    ['text/html', 'text/plain; charset=utf-8'],
    ['', 'text/plain; charset=utf-8'],
    [';;;,,=', 'text/plain; charset=utf-8'],
  ])('for a client that accepts %p is %s', (accept, type) => {
    const { status, headers, body } = problemReply(asking(accept), problem);
    expect([status, headers]).toEqual([429, { 'Content-Type': type, 'Cache-Control': 'no-store' }]);
    if (type.startsWith('text')) expect(body).toBe('Wait a little.\n');
    else expect(JSON.parse(String(body))).toEqual({ ...problem, title: 'Too Many Requests' });
  });

  it('has the title of its status where it has none of its own', () => {
    expect(problemReply(asking('text/plain'), { status: 503 }).body).toBe('Service Unavailable\n');
    expect(problemReply(asking('text/plain'), { status: 503, title: 'Full' }).body).toBe('Full\n');
  });
});

describe('a refusal as an error', () => {
  const reply = {
    status: 429,
    headers: { 'content-type': 'text/plain', 'Retry-After': 5 },
    append: { Vary: 'Origin' },
    body: 'no',
  };

  it('has status, fields without those of the body, and what it is given', () => {
    expect(refusalError(reply, { code: 'ERR_RATE_LIMITED', limit: 5 }).error).toMatchObject({
      status: 429,
      statusCode: 429,
      expose: true,
      message: 'Too Many Requests',
      headers: { 'Retry-After': 5, Vary: 'Origin' },
      code: 'ERR_RATE_LIMITED',
      limit: 5,
    });
    expect(Object.keys((refusalError(reply, {}).error as { headers: object }).headers)).toEqual([
      'Retry-After',
      'Vary',
    ]);
  });
});

describe('a string of a structured field', () => {
  it('is quoted, and reads back as it was', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x20-\x7e]*$/), (text) => {
        const quoted = serializeString(text);
        expect(isFieldString(text)).toBe(true);
        expect(quoted.slice(1, -1).replace(/\\(.)/g, '$1')).toBe(text);
        expect(quoted).toMatch(/^"(?:[^"\\]|\\["\\])*"$/);
      }),
    );
  });

  it.each(['\n', 'a\u0000', 'é', '\u007f', '🌊'])('can not hold %j', (text) => {
    expect(isFieldString(text)).toBe(false);
    expect(() => serializeString(text)).toThrow(TypeError);
  });
});
