// Makes products.json, the same bytes every time: node data/generate.mjs > data/products.json
import { readFileSync } from 'node:fs';
import { stdout } from 'node:process';

/** For each category: nouns with a price range in euro, two variants of each, and what descriptions are made of. */
const { series, categories } = JSON.parse(readFileSync(new URL('parts.json', import.meta.url), 'utf8'));

/** Marsaglia's xorshift with 32 bits of state: a number from 0 (included) to 1 (excluded). */
let state = 20_261_124;
function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}
const pick = (list) => list[Math.floor(random() * list.length)];

function* products() {
  for (const [category, { nouns, variants, uses, materials, details }] of Object.entries(categories)) {
    for (const [noun, [least, most]] of Object.entries(nouns)) {
      for (const bird of series) {
        for (const variant of variants) {
          const euro = Math.floor(least + (most - least) * random() ** 2);
          yield {
            name: `${bird} ${noun}, ${variant}`,
            category,
            priceCents: euro * 100 + pick([0, 50, 90]),
            stock: Math.floor(120 * random() ** 2),
            rating: Math.round(30 + 20 * random() ** 0.6) / 10,
            description: `Made for ${pick(uses)}. ${pick(materials)}, ${pick(details)}.`,
          };
        }
      }
    }
  }
}

/** Neighbours in the file shouldn't be neighbours in kind. */
function shuffled(list) {
  for (let i = list.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [list[i], list[other]] = [list[other], list[i]];
  }
  return list;
}

const lines = shuffled([...products()]).map((product, i) => JSON.stringify({ id: i + 1, ...product }));
stdout.write(`[\n${lines.join(',\n')}\n]\n`);
