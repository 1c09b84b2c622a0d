import { isDeceptive } from '../dist/policy/deception';

const HTML = 'text/html; charset=utf-8';

describe('a document under the name of something else', () => {
  it.each([
    ['/account/nobody.css', HTML],
    ['/account/nobody.CSS', 'TEXT/HTML'],
    ['/account/nobody.css?x=/', HTML],
    ['/account/nobody.css?x=a.html', HTML],
    ['/account;nobody.css', HTML],
    ['/account%2Fnobody.css', HTML],
    ['/account%2fnobody%2ecss', HTML],
    ['/account/nobody%2Ecss', HTML],
    ['/account.html/nobody.css', HTML],
    ['/account.html.css', HTML],
    ['/account/x.js', 'application/json'],
    ['/account/x.css', 'application/problem+json'],
    ['/account/x.png', 'application/xhtml+xml'],
    ['/account/x.jpg', 'text/plain'],
    ['/account/x.ico', 'text/xml'],
    ['/account/x.woff2', 'application/xml'],
    ['/account/x.html', 'application/json'],
    ['/account/x.json', HTML],
    ['/account/x.txt', HTML],
    ['/account/.css', HTML],
    ['/account/x.pdf', ' text/html ;charset=utf-8'],
  ])('is %s of type %s', (url, type) => {
    expect(isDeceptive(url, type)).toBe(true);
  });

  it.each([
    ['a page without extension', '/account', HTML],
    ['an extension of a folder', '/x.css/account', HTML],
    ['an extension in the query', '/account?x=a.css', HTML],
    ['a page', '/a.html', HTML],
    ['a page of the old name', '/a.htm', HTML],
    ['a page of XHTML', '/a.xhtml', 'application/xhtml+xml'],
    ['XHTML as a page', '/a.xhtml', HTML],
    ['JSON', '/a.json', 'application/json'],
    ['JSON of another kind', '/a.json', 'application/vnd.api+json'],
    ['a manifest', '/a.webmanifest', 'application/json'],
    ['XML', '/a.xml', 'application/xml'],
    ['XML as text', '/a.xml', 'text/xml; charset=utf-8'],
    ['a feed of RSS as XML', '/feed.rss', 'application/xml'],
    ['a feed of Atom as XML', '/feed.atom', 'text/xml'],
    ['a text', '/a.txt', 'text/plain'],
    ['a log', '/a.log', 'text/plain'],
    ['a page of a program', '/a.php', HTML],
    ['what a program sends', '/a.php', 'application/json'],
    ['a page of another program', '/a.aspx', HTML],
    ['a version', '/v1.0', HTML],
    ['an unknown extension', '/a.unknown', HTML],
    ['a dot at the end', '/a.', HTML],
    ['a style', '/a.css', 'text/css'],
    ['a style under another name', '/a.html', 'text/css'],
    ['a picture under another name', '/a.css', 'image/png'],
    ['a script under another name', '/a.css', 'text/javascript'],
    ['bytes', '/a.css', 'application/octet-stream'],
    ['no type', '/a.css', undefined],
    ['an empty type', '/a.css', ''],
    ['what is no JSON', '/a.css', 'application/jsonx'],
    ['what is no HTML', '/a.css', 'text/html5'],
  ])('is not %s: %s of type %s', (_what, url, type) => {
    expect(isDeceptive(url, type)).toBe(false);
  });
});
