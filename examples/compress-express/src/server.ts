import type { AddressInfo } from 'node:net';
import { compress, decompress } from '@spillway/compress/express';
import express from 'express';

const app = express();

// Whatever is worth it, in the best coding that the client takes.
app.use(compress());

const rows = Array.from({ length: 500 }, (_, id) => ({ id, name: `row ${id}`, even: id % 2 === 0 }));
app.get('/', (_req, res) => {
  res.json(rows);
});

// Each event reaches the client at once, coded all the same.
app.get('/events', (_req, res) => {
  res.type('text/event-stream');
  let count = 0;
  const timer = setInterval(() => res.write(`data: ${++count}\n\n`), 1000);
  res.write('data: 0\n\n');
  res.on('close', () => clearInterval(timer));
});

// Coded bodies of requests, at most 100 kB of them once they are decoded.
app.post('/count', decompress({ maxBytes: 100_000 }), express.json(), (req, res) => {
  res.json({ members: Object.keys(req.body).length });
});

const server = app.listen(process.env.PORT || 3000, (error) => {
  if (error) throw error;
  const { port } = server.address() as AddressInfo;
  console.log(`http://localhost:${port}`);
});
