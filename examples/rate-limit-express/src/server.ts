import type { AddressInfo } from 'node:net';
import { rateLimit } from '@spillway/rate-limit/express';
import express from 'express';

const app = express();

// 100 requests a minute for each client.
app.use(rateLimit({ limit: 100, windowMs: 60_000 }));

app.get('/', (_req, res) => {
  res.send('Hello!\n');
});

// Letters go out slowly: three at once, then one every ten seconds.
const letters = rateLimit({
  identifier: 'letters',
  algorithm: 'token-bucket',
  limit: 6,
  windowMs: 60_000,
  burst: 3,
});
app.post('/letters', letters, (_req, res) => {
  res.status(202).send('On its way.\n');
});

const server = app.listen(process.env.PORT || 3000, (error) => {
  if (error) throw error;
  const { port } = server.address() as AddressInfo;
  console.log(`http://localhost:${port}`);
});
