import fc from 'fast-check';
import { kindOf } from '../dist/sqlite/kind';
import { parse } from '../dist/sqlite/parse';

/** Pieces of a statement that hold no placeholder, whatever stands in them. */
const inside = (without: RegExp) =>
  fc
    .string({ maxLength: 8, unit: fc.constantFrom(...`a?$1;:'"\`[]*-/\n`) })
    .map((text) => text.replace(without, ''));
const opaque = fc.oneof(
  inside(/'/g).map((text) => `'${text}''${text}'`),
  inside(/"/g).map((text) => `"${text}"`),
  inside(/`/g).map((text) => `\`${text}\``),
  inside(/\]/g).map((text) => `[${text}]`),
  inside(/\*\//g).map((text) => `/*${text.replace(/\*$/, '')}*/`),
  inside(/\n/g).map((text) => `--${text}\n`),
  fc.constantFrom('a', 'b$1', '1.5e3', '0x1F', '(', ')', ',', '||', '-', '/', 'c.d', '\u00e4$2'),
);
const placeholder = fc.oneof(
  fc.constant('?'),
  fc.integer({ min: 1, max: 12 }).map((n) => `$${n}`),
  fc.integer({ min: 1, max: 12 }).map((n) => `?${n}`),
);
const piece = fc.oneof({ weight: 3, arbitrary: opaque }, { weight: 1, arbitrary: placeholder });
const statement = fc.array(piece, { maxLength: 8 }).map((pieces) => ['select', ...pieces]);

const isPlaceholder = (text: string): boolean => /^(?:\?\d*|\$\d+)$/.test(text);

function placesOf(pieces: readonly string[]): number[] {
  const places: number[] = [];
  for (const text of pieces.filter(isPlaceholder)) {
    places.push(text === '?' ? Math.max(-1, ...places) + 1 : Number(text.slice(1)) - 1);
  }
  return places;
}

describe('parse', () => {
  it('finds every placeholder, and none in what is quoted or a comment', () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 4 }), (statements) => {
        const parsed = parse(statements.map((pieces) => pieces.join(' ')).join(' ; '));
        expect(parsed.map(({ places }) => places)).toEqual(statements.map(placesOf));
      }),
    );
  });

  it('changes nothing of a statement but its placeholders', () => {
    fc.assert(
      fc.property(statement, (pieces) => {
        const plain = pieces.map((text) => (isPlaceholder(text) ? '?' : text)).join(' ');
        expect(plain).toContain(parse(pieces.join(' '))[0]!.sql);
      }),
    );
  });

  it('reads what is left open to its end', () => {
    for (const text of [
      `select 'a ; $1`,
      'select "a ; $1',
      'select `a ; $1',
      'select [a ; $1',
      'select /* ; $1',
    ]) {
      expect(parse(text)).toHaveLength(1);
      expect(parse(text)[0]!.places).toEqual([]);
    }
  });

  it('reads a long text in time that grows with it alone', () => {
    const long = `select '${'x'.repeat(1_000_000)}', $1`;
    expect(parse(long)[0]!.places).toEqual([0]);
    expect(parse(`/*${'*'.repeat(1_000_000)}`)).toEqual([]);
  });

  it('has a trigger end where its END is, and go on to the end of the text without one', () => {
    const trigger = 'create temp trigger a after insert on b begin delete from c; end';
    expect(parse(`${trigger}; select 1`).map(({ sql }) => sql)).toEqual([trigger, 'select 1']);
    expect(parse(trigger)).toHaveLength(1);
    expect(parse('create trigger a after insert on b begin delete from c; select 1')).toHaveLength(1);
  });
});

describe('kindOf', () => {
  it.each([
    ['values (1)', 'read'],
    ['explain delete from a', 'read'],
    ["select replace(a, 'insert', 'delete') from b", 'read'],
    [
      'with recursive a(n) as (values (1) union all select n + 1 from a) select replace(n, 1, 2) from a',
      'read',
    ],
    ['with a as (select 1) replace into b select * from a', 'write'],
    ['replace into a values (1)', 'write'],
    ['create table a (b integer)', 'write'],
    ['create unique index a on b (c)', 'write'],
    ['drop table a', 'write'],
    ['alter table a add b', 'write'],
    ['create trigger a after insert on b begin delete from c; end', 'write'],
    ['create table a (b); insert into a values (1);', 'write'],
    ['create table temp.a (b)', 'session'],
    ['create table "Temp".a (b)', 'session'],
    ['create temp trigger a after insert on b begin delete from c; end', 'session'],
    ['select 1; select 2', 'session'],
    ['insert into a values (1); commit', 'session'],
    ['pragma table_info(a)', 'session'],
    ["attach 'a.db' as b", 'session'],
    ['vacuum', 'session'],
    ['with a as (', 'session'],
    ['constructor', 'session'],
    ["'select'", 'session'],
  ])('%s: %s', (text, kind) => {
    expect(kindOf(text)).toBe(kind);
  });
});
