import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Html, html } from './html';
import { type Try, tries } from './tries';

const asset = (name: string): string => readFileSync(join(__dirname, '../page', name), 'utf8');
const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const STYLE = asset('page.css');
const SCRIPT = asset('fields.js') + asset('page.js');

/** Fields that go with the index page: it may run its own script and talk to its own server, nothing else. */
export const INDEX_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src ${sha256(STYLE)}`,
    `script-src ${sha256(SCRIPT)}`,
    "connect-src 'self'",
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

// The page's commands are made to be pasted into a shell: nothing else may stand in them.
const PLAIN_HOST = /^(?:[a-z\d.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * The index page: what the shop is, what to try, and its limits at work. It reads well without JavaScript.
 * @param host the request's Host field, which the page's commands address.
 */
export function indexPage(host = ''): string {
  const url = `http://${PLAIN_HOST.test(host) ? host : 'localhost:3000'}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Millrace, a shop behind Spillway</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(LOGO.text)}">
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
${WEIR}
<p class="brand">${LOGO} Millrace</p>
<h1>Gear for rivers and rain, <em>and for a flood of requests.</em></h1>
<p class="lead">3,000 products, a login, orders, uploads, a slow report and a stream of events: a small shop whose every route is
limited and cached in the way that suits it. Copy a line into a terminal and see where it ends.</p>
</header>
<main>
${LIVE}
<section class="tries" aria-label="What to try">
${tries(url).map(card)}${REFUSAL}
</section>
</main>
<footer>Of what you send, orders and the hash of a picture are kept: until the server ends, or in a PostgreSQL of yours
where DATABASE_URL says so. The same shop runs on Express and on Koa, route by route the same.</footer>
<script>${new Html(SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

const LOGO = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect
width="32" height="32" rx="9" fill="#0b7285"/><path d="M5 12c4 0 4 3 7.5 3s3.5-3 7.5-3 4 3 7 3M5 19c4 0 4 3 7.5
3s3.5-3 7.5-3 4 3 7 3" fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/></svg>`;

const WAVES = [12, 44, 76, 108, 140, 172, 204];
const PASSING = new Set([76, 108, 140]);

/** Seven streams arrive, three pass. */
const WEIR = html`<svg class="weir" viewBox="0 0 420 216" aria-hidden="true">
${WAVES.map((y) => html`<path d="M0 ${y}c35-14 35-14 70 0s35 14 70 0 35-14 58-4"/>`)}
${WAVES.filter((y) => PASSING.has(y)).map((y) => html`<path d="M222 ${y}c35-14 35-14 66 0s33 14 66 0 33-14 66 0"/>`)}
<path class="gate" d="M210 4V62M210 154V212"/>
</svg>`;

const LIVE = html`<section class="live" aria-label="Live">
<div class="panel">
<h2>Search</h2>
<form action="/products" id="search">
<label for="q">Find</label>
<input id="q" name="q" type="search" value="kayak" maxlength="64" autocomplete="off">
<button>Search</button>
<button type="button" id="flood" class="quiet" hidden>Send 30 at once</button>
</form>
<div id="answers" role="img" aria-label="Answers, one square each" hidden></div>
<p id="verdict" role="status" hidden></p>
<p id="cache" hidden></p>
<div id="meters" hidden></div>
<ol id="found" hidden></ol>
</div>
<div class="panel">
<h2>Stock, as it changes</h2>
<p id="stock-hint">Where scripts may run, this list moves. <code>/events</code> tells the same in a terminal.</p>
<ol id="stock" hidden></ol>
</div>
</section>`;

const card = ({ title, about, limit, commands }: Try): Html => html`<article class="panel">
<h2>${title}</h2>
<p>${about}</p>
<p class="limit">${limit}</p>
${commands.map((command) => html`<pre><code>${command}</code></pre>`)}
</article>
`;

const REFUSAL = html`<article class="panel">
<h2>What a refusal says</h2>
<p>When to come back, which limit it was, and that no cache may keep it.</p>
<pre class="answer">HTTP/1.1 429 Too Many Requests
RateLimit-Policy: "search";q=20;w=60
RateLimit: "search";r=0;t=31
Retry-After: 31
Cache-Control: no-store
Content-Type: application/problem+json

{"type":"https://iana.org/assignments/http-problem-types#quota-exceeded",
"title":"Request cannot be satisfied as assigned quota has been exceeded",
"status":429,"violated-policies":["search"]}</pre>
</article>
`;
