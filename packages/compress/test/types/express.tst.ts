import { compress } from '@spillway/compress/express';
import express, { type Request } from 'express';

const app = express();
app.use(compress()).use(compress({ threshold: '2kb', level: 6, brotli: { params: {} } }));

// As users of compression write it.
app.use(
  compress({
    filter: (req, res) =>
      req.headers['x-no-compression'] || res.locals.plain ? false : compress.filter(req, res),
  }),
);
app.use(
  compress({ encodings: ({ bytes = 0, type }) => (bytes > 1e6 || type === 'text/css' ? ['br'] : ['gzip']) }),
);

// A route's own parameter types stay.
app.get('/:id', compress(), (req: Request<{ id: string }>, res) => {
  const { id } = req.params;
  res.send(id.toUpperCase());
});

// @ts-expect-error an unknown option
compress({ treshold: 1 });
// @ts-expect-error no coding
compress({ encodings: ['lzma'] });
// @ts-expect-error a level by another name
compress({ level: 'best' });
