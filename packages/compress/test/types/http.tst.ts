import { createServer } from 'node:http';
import { compress } from '@spillway/compress/http';
import { inFront } from '@spillway/core/http';

createServer(
  inFront(
    (_req, res) => res.end(),
    [compress({ filter: (req, head) => req.url !== '/' && head.statusCode === 200 })],
    {
      trustProxy: false,
    },
  ),
);

// @ts-expect-error no such mode
compress({ etag: 'strong' });
