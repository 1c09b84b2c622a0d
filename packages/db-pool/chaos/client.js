const http = require('node:http');

/** Longer than anything may take. */
const PATIENCE_MS = 15_000;

/**
 * Who asks an application, over connections that stay open.
 * An answer is `{path, status, text, startedMs, tookMs}`; its status is 0 where none has come.
 */
class Client {
  #port;
  #agent = new http.Agent({ keepAlive: true });
  /** All that was answered, or was not. */
  answers = [];

  constructor(port) {
    this.#port = port;
  }

  get(path) {
    return this.open('GET', path).answer;
  }

  post(path) {
    return this.open('POST', path).answer;
  }

  /** @returns the answer to come, and how to leave before it. */
  open(method, path) {
    const startedMs = performance.now();
    const request = http.request({
      host: '127.0.0.1',
      port: this.#port,
      method,
      path,
      agent: this.#agent,
      timeout: PATIENCE_MS,
    });
    const answer = new Promise((resolve) => {
      const end = (status, text) =>
        resolve({ path, status, text, startedMs, tookMs: performance.now() - startedMs });
      request.once('response', (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.once('close', () => end(response.complete ? response.statusCode : 0, text));
      });
      request.once('timeout', () => request.destroy(new Error('no answer')));
      request.once('error', ({ message }) => end(0, message));
    });
    request.end();
    let hasLeft = false;
    void answer.then((one) => hasLeft || this.answers.push(one));
    return {
      answer,
      leave() {
        hasLeft = true;
        request.destroy();
      },
    };
  }

  /** So many of one path at once. @returns the answers. */
  all(count, path) {
    return Promise.all(Array.from({ length: count }, () => this.get(path)));
  }

  close() {
    this.#agent.destroy();
  }
}

module.exports = { Client };
