const { fork } = require('node:child_process');
const { once } = require('node:events');
const { join } = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');
const { FaultProxy } = require('@spillway/core/testing');
const { Client } = require('./client');

const APPLICATION = join(__dirname, 'application.js');
/** What the application's connections are called. */
const NAME = 'application';
const SCHEMA = `
  CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL);
  INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 1000) n;
  CREATE TABLE marks (tag text NOT NULL)`;

/** A database, a proxy before it, and one application after the other that uses it. */
class Stage {
  #application;
  #exited;
  #stderr = '';
  #isEnding = false;

  constructor(postgres, proxy) {
    this.postgres = postgres;
    this.proxy = proxy;
  }

  static async open(startPostgres) {
    const postgres = await startPostgres();
    for (const statement of SCHEMA.split(';')) await postgres.sql(statement);
    return new Stage(postgres, await FaultProxy.start({ targetPort: postgres.port }));
  }

  async close() {
    if (this.#isRunning) await this.end();
    await this.proxy.close();
    await this.postgres.stop();
  }

  /** Starts the application. @param contender by name. */
  async begin(contender) {
    this.proxy.heal();
    await this.postgres.sql('TRUNCATE marks');
    const url = `postgres://postgres@127.0.0.1:${this.proxy.port}/postgres?application_name=${NAME}`;
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'];
    this.#isEnding = false;
    this.#stderr = '';
    this.#application = fork(APPLICATION, [contender, url], { stdio, execArgv: [] });
    this.#application.stderr.on('data', (text) => {
      this.#stderr += text;
    });
    this.#exited = once(this.#application, 'exit');
    const [{ port }] = await once(this.#application, 'message');
    this.client = new Client(port);
    this.port = port;
  }

  /** Ends the application, if it still runs. @returns what it has died of by itself; undefined where it has not. */
  async end() {
    const crash = this.#isRunning || this.#isEnding ? undefined : this.#stderr;
    this.client.close();
    this.#application.kill('SIGKILL');
    await this.#exited;
    this.proxy.cut();
    this.proxy.heal();
    while ((await this.backends()) > 0) await pause(20);
    return crash;
  }

  get #isRunning() {
    return this.#application?.exitCode === null && this.#application.signalCode === null;
  }

  /** Asks it to end. @returns its exit code and in how many milliseconds; NaN where it had to be killed. */
  async terminate(mostMs) {
    this.#isEnding = true;
    const sinceMs = performance.now();
    this.#application.kill('SIGTERM');
    const timer = setTimeout(() => this.#application.kill('SIGKILL'), mostMs);
    const [code] = await this.#exited;
    clearTimeout(timer);
    return { code: code ?? Number.NaN, tookMs: performance.now() - sinceMs };
  }

  /** What the application has answered since it was asked last, by its own clock. */
  async answers() {
    this.#application.send('answers');
    const [{ answers }] = await once(this.#application, 'message');
    return answers;
  }

  /** How many connections the application has. @param where a condition on pg_stat_activity. */
  async backends(where = 'true') {
    const [{ count }] = await this.postgres.sql(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = '${NAME}' AND ${where}`,
    );
    return count;
  }

  /** Kills so many of them. @returns their processes' ids. */
  async terminateBackends(count) {
    const rows = await this.postgres.sql(
      `SELECT pid, pg_terminate_backend(pid) FROM (
         SELECT pid FROM pg_stat_activity WHERE application_name = '${NAME}' ORDER BY random() LIMIT ${count}
       ) AS killed`,
    );
    return rows.map(({ pid }) => pid);
  }

  async anyBackend() {
    const [{ pid }] = await this.postgres.sql(
      `SELECT pid FROM pg_stat_activity WHERE application_name = '${NAME}' LIMIT 1`,
    );
    return pid;
  }

  /** How often each tag has been committed. */
  async marks(like) {
    const rows = await this.postgres.sql(
      'SELECT tag, count(*)::int AS count FROM marks WHERE tag LIKE $1 GROUP BY tag',
      [like],
    );
    return new Map(rows.map(({ tag, count }) => [tag, count]));
  }

  /** Waits until a number is as wanted, and no longer than so. @returns the milliseconds. */
  async until(isSo, mostMs) {
    const sinceMs = performance.now();
    while (performance.now() - sinceMs < mostMs) {
      if (await isSo()) return performance.now() - sinceMs;
      await pause(5);
    }
    return Number.POSITIVE_INFINITY;
  }
}

module.exports = { Stage };
