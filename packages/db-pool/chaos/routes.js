const { setTimeout: pause } = require('node:timers/promises');

const READ = 'SELECT id, name FROM items WHERE id = $1';
const SLEEP = 'SELECT pg_sleep($1)';
const WRITE = 'INSERT INTO marks (tag) VALUES ($1)';

const secondsOf = ({ query }) => Number(query.ms) / 1000;

/** What applications do with a database, well and badly. */
function mountRoutes(app, database) {
  app.get('/nothing', (_req, res) => res.send('nothing'));
  app.get('/read', async (req, res) => {
    await database.query(req, READ, [1 + Math.floor(Math.random() * 1_000)]);
    res.send('read');
  });
  app.get('/slow', async (req, res) => {
    await database.query(req, SLEEP, [secondsOf(req)]);
    res.send('slow');
  });
  app.post('/write', async (req, res) => {
    await database.query(req, WRITE, [req.query.tag]);
    res.status(201).send('written');
  });
  mountTransactions(app, database);
  mountLeases(app, database);
  app.use((error, _req, res, next) => {
    if (res.headersSent) next(error);
    else res.status(error.status ?? 500).send(String(error.code ?? error.message));
  });
}

/** What lies between two statements: a slow one, or something else that takes time. */
function mountTransactions(app, database) {
  const between = {
    '/transaction': (query, req) => query(SLEEP, [secondsOf(req)]),
    '/transaction-pausing': (_query, req) => pause(Number(req.query.ms)),
  };
  for (const [path, wait] of Object.entries(between)) {
    app.post(path, async (req, res) => {
      await database.transact(req, res, async (query) => {
        await query(WRITE, [req.query.tag]);
        await wait(query, req);
        await query(WRITE, [req.query.tag]);
      });
      res.status(201).send('done');
    });
  }
}

function mountLeases(app, database) {
  app.get('/leased', async (req, res) => {
    const lease = await database.lease(req);
    try {
      await lease.query(SLEEP, [secondsOf(req)]);
    } finally {
      lease.release();
    }
    res.send('slow');
  });
  app.get('/throwing', async (req) => {
    const lease = await database.lease(req);
    await lease.query(READ, [1]);
    throw new Error('A handler has thrown');
  });
  app.get('/keeping', async (req, res) => {
    const lease = await database.lease(req);
    await lease.query(READ, [1]);
    res.send('kept');
  });
  app.get('/silent', async (req) => {
    const lease = await database.lease(req);
    await lease.query(READ, [1]);
  });
}

module.exports = { mountRoutes };
