import { loadProducts, parseMonths, reportCost, reportSales } from '@spillway/example-catalogue';

const products = loadProducts();

describe('the sales report', () => {
  it('has every category once, the best first, and the same figures every time', async () => {
    const report = await reportSales(products, 1);
    expect(await reportSales(products, 1)).toEqual(report);
    expect(new Set(report.categories.map(({ category }) => category)).size).toBe(12);
    const revenues = report.categories.map(({ revenueCents }) => revenueCents);
    expect(revenues).toEqual(revenues.toSorted((a, b) => b - a));
    expect(Math.min(...revenues)).toBeGreaterThan(0);
  });

  it('leaves others their turn', async () => {
    let turns = 0;
    const turn = () => {
      turns++;
      pending = setImmediate(turn);
    };
    let pending = setImmediate(turn);
    await reportSales(products, 12);
    clearImmediate(pending);
    expect(turns).toBeGreaterThan(3);
  });
});

describe('the cost of a report', () => {
  it('is its months', () => {
    expect(['1', '7', '12'].map((months) => reportCost({ months }))).toEqual([1, 7, 12]);
  });

  it.each([{}, { months: '0' }, { months: '13' }, { months: 'all' }, { months: ['12', '12'] }])(
    'is one for %j',
    (query) => {
      expect(reportCost(query)).toBe(1);
    },
  );

  it('is refused beyond a year', () => {
    expect(parseMonths({})).toBe(1);
    expect(() => parseMonths({ months: '13' })).toThrow('months must be an integer from 1 to 12.');
  });
});
