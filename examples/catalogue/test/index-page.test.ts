import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { html, INDEX_HEADERS, indexPage } from '@spillway/example-catalogue';

const policy = INDEX_HEADERS['Content-Security-Policy']!;

describe('the index page', () => {
  it.each(['style', 'script'])('allows its own %s and no other', (name) => {
    const [, text] = new RegExp(`<${name}>([^]*?)</${name}>`).exec(indexPage())!;
    const hash = createHash('sha256').update(text!).digest('base64');
    expect(policy).toContain(`${name}-src 'sha256-${hash}'`);
    expect(policy).not.toContain('unsafe');
  });

  it('addresses the server that was asked', () => {
    expect(indexPage('shop.example:8080')).toContain('http://shop.example:8080/events');
    expect(indexPage('[::1]:3000')).toContain('http://[::1]:3000/events');
  });

  it.each(['"><script>', "x'; rm -rf ~; '", '$(reboot)', 'a b', '', undefined])(
    'puts nothing of the host %j into a command',
    (host) => {
      expect(indexPage(host)).toBe(indexPage('localhost:3000'));
    },
  );

  it('escapes the commands that it shows', () => {
    const page = indexPage();
    expect(page).toContain('q=lantern&#38;sort=price');
    expect(page).toContain('curl -i &#39;http://');
  });
});

describe('the page’s script', () => {
  const script = readFileSync(join(__dirname, '../page/fields.js'), 'utf8');
  const { cacheText, isFromCache } = runInNewContext(`${script};({ cacheText, isFromCache })`);
  const fields = (status: string, age = '12') => new Headers({ 'Cache-Status': status, Age: age });

  it.each([
    ['Spillway; hit; ttl=48', 'Cache hit: 12 s old, 48 s left.', true],
    ['Spillway; hit; ttl=0', 'Cache hit: 12 s old, 0 s left.', true],
    ['Spillway; hit; ttl=-2', 'Cache hit: 12 s old, stale for 2 s.', true],
    ['Spillway; fwd=uri-miss; collapsed', 'Cache hit: just made for somebody else.', true],
    ['Spillway; fwd=uri-miss; stored', 'Cache miss: made for you, and kept for whoever asks next.', false],
    ['Spillway; fwd=uri-miss; detail=no-store', 'Cache miss: made for you, and not kept.', false],
  ])('tells people what %s says', (status, text, isKept) => {
    expect([cacheText(fields(status)), isFromCache(fields(status))]).toEqual([text, isKept]);
  });

  it('says nothing of a cache that was not asked', () => {
    expect([cacheText(new Headers()), isFromCache(new Headers())]).toEqual(['', false]);
  });

  it('finds a place for whatever it shows', () => {
    const ids = [...indexPage().matchAll(/byId\('([\w-]+)'\)/g)].map(([, id]) => id);
    expect(ids).toContain('cache');
    for (const id of ids) expect(indexPage()).toContain(` id="${id}"`);
  });
});

describe('html', () => {
  it('escapes every value that is not markup itself', () => {
    const value = `<b title="x">'&'</b>`;
    expect(html`<p>${value}</p>`.text).toBe(
      '<p>&#60;b title=&#34;x&#34;&#62;&#39;&#38;&#39;&#60;/b&#62;</p>',
    );
    expect(html`<p>${[html`<i>1</i>`, html`<i>2</i>`]}</p>`.text).toBe('<p><i>1</i><i>2</i></p>');
  });
});
