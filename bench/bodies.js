/** Rows as an API sends them: numbers that grow, names that repeat, texts that don't. */
function rows(bytes) {
  const list = [];
  for (let id = 0, length = 2; length < bytes; id++) {
    const row = {
      id,
      sku: `SKU-${((id * 48_271) % 1_000_003).toString(36)}`,
      name: `${NAMES[id % NAMES.length]} ${(id * 7919) % 997}`,
      priceCents: (id * 13_007) % 20_000,
      stock: (id * 31) % 250,
      tags: [TAGS[id % TAGS.length], TAGS[(id * 3 + 1) % TAGS.length]],
    };
    list.push(row);
    length += JSON.stringify(row).length + 1;
  }
  return list;
}

const NAMES = [
  'Lantern',
  'Storm lantern',
  'Rope',
  'Climbing rope',
  'Tarpaulin',
  'Stove',
  'Gas stove',
  'Kettle',
  'Compass',
];
const TAGS = ['light', 'outdoor', 'kitchen', 'sale', 'new', 'climbing', 'spare part'];

const WORDS =
  'the a storm lantern burns for nine hours on one filling and stands where wind would put others out made of steel with glass that is changed without tools'.split(
    ' ',
  );

/** A sentence that is the same in every run, of words that repeat as words do. */
const sentence = (seed, words) =>
  Array.from({ length: words }, (_, i) => WORDS[(seed * 31 + i * i * 7 + i) % WORDS.length]).join(' ');

const page = (products) =>
  `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Products</title></head>\n<body>\n<ul class="products">\n${products
    .map(
      ({ id, name, priceCents }) =>
        `  <li class="product"><a href="/products/${id}">${name}</a> <span class="price">${(priceCents / 100).toFixed(2)}</span>\n    <p>${sentence(id, 18)}.</p></li>`,
    )
    .join('\n')}\n</ul>\n</body>\n</html>\n`;

const script = (count) =>
  Array.from(
    { length: count },
    (_, i) =>
      `export function handle${NAMES[i % NAMES.length].replace(/\W/g, '')}${i}(event, { state, dispatch }) {\n  // ${sentence(i, 9)}\n  if (event.type === '${TAGS[i % TAGS.length]}' && state.items[${i}] !== undefined) {\n    dispatch({ type: 'select', index: ${i}, at: event.timeStamp });\n  }\n  return state.items.length - ${(i * 37) % 101};\n}\n`,
  ).join('\n');

/** Points of a series: little but digits. */
const series = (count) =>
  Array.from({ length: count }, (_, i) => [
    1_700_000_000 + 60 * i,
    Number((20 + Math.sin(i / 9) * 5).toFixed(2)),
  ]);

let made;

/** What servers send, made the same each time. */
function corpora() {
  const json = { type: 'application/json' };
  made ??= {
    'API rows, 2 kB': { ...json, body: JSON.stringify(rows(2_000)) },
    'API rows, 10 kB': { ...json, body: JSON.stringify(rows(10_000)) },
    'API rows, 100 kB': { ...json, body: JSON.stringify(rows(100_000)) },
    'arrays of numbers, 40 kB': { ...json, body: JSON.stringify(series(2_000)) },
    'HTML, 30 kB': { type: 'text/html; charset=utf-8', body: page(rows(14_000)) },
    'JavaScript, 60 kB': { type: 'text/javascript; charset=utf-8', body: script(170) },
  };
  return made;
}

module.exports = { corpora, rows };
