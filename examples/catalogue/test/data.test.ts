import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadProducts, PRODUCT_COUNT } from '@spillway/example-catalogue';

const data = (name: string) => join(__dirname, '../data', name);

describe('the data set', () => {
  it('is what its script makes', () => {
    const made = execFileSync(process.execPath, [data('generate.mjs')], {
      encoding: 'utf8',
      maxBuffer: 2 ** 21,
    });
    expect(made === readFileSync(data('products.json'), 'utf8')).toBe(true);
  });

  it('has 3,000 products under a megabyte, each found by its place', () => {
    const products = loadProducts();
    expect([products.length, PRODUCT_COUNT]).toEqual([3000, 3000]);
    expect(statSync(data('products.json')).size).toBeLessThan(1_000_000);
    expect(products.every(({ id }, i) => id === i + 1)).toBe(true);
  });

  it('has no name twice', () => {
    expect(new Set(loadProducts().map(({ name }) => name)).size).toBe(3000);
  });
});
