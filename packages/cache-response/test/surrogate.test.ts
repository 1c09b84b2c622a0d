import { validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { isTags, surrogateFields, tagOf } from '../dist/surrogate';

/** Any text, all that hurts included. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({ unit: fc.constantFrom(...'ab.%2 5,|*"\\\r\n\0é😀'), minLength: 1, maxLength: 5 }),
  fc.nat({ max: 2_000 }).map((length) => 'é'.repeat(length + 1)),
);

describe('a tag on the wire', () => {
  it.each([
    ['product:5', 'product:5'],
    ['A-z_0/9.b@c~d=e', 'A-z_0/9.b@c~d=e'],
    ['a b', 'a%20b'],
    ['a,b', 'a%2Cb'],
    ['50%', '50%25'],
    ['a%20b', 'a%2520b'],
    ['*', '%2A'],
    ["(a|b)+!'", '%28a%7Cb%29%2B%21%27'],
    ['a\r\nSet-Cookie: x', 'a%0D%0ASet-Cookie:%20x'],
    ['é', '%C3%A9'],
    ['😀', '%F0%9F%98%80'],
    ['\ud83d', '%EF%BF%BD'],
    ['x'.repeat(1024), 'x'.repeat(1024)],
    ['x'.repeat(1025), 'sha256%3AxtjpkFMAh2BGcplJzJXCOFIhJw04kXb3I0_nrADE5DA'],
  ])('is for %j what it always is', (text, tag) => {
    expect(tagOf(text)).toBe(tag);
  });

  it('is percent-encoded: it decodes to what it was', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tag = tagOf(text);
        fc.pre(!tag.startsWith('sha256%3A'));
        expect(decodeURIComponent(tag)).toBe(Buffer.from(text).toString());
      }),
    );
  });

  it('is short and of few characters, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tagOf(text)).toMatch(/^[\w.:/@~=%-]{1,1024}$/);
      }),
    );
  });

  it('is no other’s, also where it is too long to be written', () => {
    const long = [
      'é'.repeat(400),
      'é'.repeat(401),
      'x'.repeat(1024),
      'x'.repeat(1025),
      `${'x'.repeat(1025)}y`,
    ];
    const texts = [...long, ...long.map(tagOf)];
    expect(new Set(texts.map(tagOf)).size).toBe(new Set(texts).size);
  });
});

describe('the fields of tags', () => {
  it('say each tag once, as Fastly and as Cloudflare read it', () => {
    expect(surrogateFields(['b', 'a c', 'b', 'product:5'])).toEqual({
      'Surrogate-Key': 'b a%20c product:5',
      'Cache-Tag': 'b,a%20c,product:5',
    });
  });

  it('are none without tags', () => {
    expect(surrogateFields([])).toEqual({});
  });

  it('can be sent for any tags, and no tag becomes two', () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 3 }), (tags) => {
        const fields = surrogateFields(tags);
        for (const [name, value] of Object.entries(fields)) validateHeaderValue(name, value);
        const keys = new Set(tags.map(tagOf)).size;
        expect(fields['Surrogate-Key']!.split(/[\s,]/).length).toBe(keys);
        expect(fields['Cache-Tag']!.split(/[\s,]/).length).toBe(keys);
      }),
    );
  });

  const tagsOf = (bytes: number) => [
    'y'.repeat(7),
    ...Array.from({ length: (bytes - 7) / 8 }, (_, i) => `${1e6 + i}`),
  ];

  it('keep a response from edges where there are more tags than a field holds', () => {
    const unkept = { 'Surrogate-Control': 'no-store, max-age=0', 'CDN-Cache-Control': 'no-store' };
    expect(surrogateFields(tagsOf(7_999))['Surrogate-Key']).toHaveLength(7_999);
    expect(surrogateFields(tagsOf(8_007))).toEqual(unkept);
    expect(surrogateFields(tagsOf(8_007), 16_000)['Cache-Tag']).toHaveLength(8_007);
    expect(surrogateFields(['abc', 'def'], 7)['Surrogate-Key']).toBe('abc def');
    expect(surrogateFields(['abc', 'def'], 6)).toEqual(unkept);
  });
});

describe('tags', () => {
  it.each([[[]], [['a']], [['\r\n', '*']]])('may be %j', (tags) => {
    expect(isTags(tags)).toBeUndefined();
  });

  it.each([undefined, null, 'a', [''], [5], [undefined], [['a']]])('may not be %j, which is told', (tags) => {
    expect(isTags(tags)).toMatch(/^must /);
  });
});
