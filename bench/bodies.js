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

module.exports = { rows };
