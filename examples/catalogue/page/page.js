const FLOOD = 30;
const SHOWN_PRODUCTS = 5;
const SHOWN_CHANGES = 9;

const byId = (id) => document.getElementById(id);

function show(...ids) {
  for (const id of ids) byId(id).hidden = false;
}

function element(name, text = '', className = '') {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

function row(left, right) {
  const made = element('li');
  made.append(element('span', left), element('span', right));
  return made;
}

function showMeters(headers) {
  const quotas = parseLimits(headers.get('RateLimit-Policy'));
  const states = parseLimits(headers.get('RateLimit'));
  const cells = Object.entries(states).flatMap(([name, { r, t }]) => {
    const bar = element('progress');
    bar.max = quotas[name]?.q ?? r;
    bar.value = r;
    return [element('code', name), bar, element('span', `${r} of ${bar.max} left${t ? `, ${t} s` : ''}`)];
  });
  byId('meters').replaceChildren(...cells);
  show('meters');
}

const searchUrl = () => `/products?${new URLSearchParams({ q: byId('q').value })}`;

const price = (cents) => `€ ${(cents / 100).toFixed(2)}`;

function verdict(text, ofCache = '') {
  byId('verdict').textContent = text;
  byId('cache').textContent = ofCache;
  show('verdict', 'cache');
}

const refusal = (answer) => `Try again in ${answer.headers.get('Retry-After')} s.`;

async function search() {
  const answer = await fetch(searchUrl());
  showMeters(answer.headers);
  if (answer.status === 429) return verdict(`Refused. ${refusal(answer)}`);
  const { total, items, detail } = await answer.json();
  verdict(answer.ok ? `${total} found.` : detail, cacheText(answer.headers));
  if (!answer.ok) return;
  byId('found').replaceChildren(
    ...items.slice(0, SHOWN_PRODUCTS).map((item) => row(item.name, price(item.priceCents))),
  );
  show('found');
}

function emptySquares() {
  const squares = Array.from({ length: FLOOD }, () => element('i'));
  byId('answers').replaceChildren(...squares);
  return squares;
}

async function flood() {
  const squares = emptySquares();
  const answers = await Promise.all(
    squares.map(async (square) => {
      const answer = await fetch(searchUrl());
      square.className = answer.status === 429 ? 'refused' : 'passed';
      await answer.arrayBuffer();
      return answer;
    }),
  );
  const refused = answers.filter(({ status }) => status === 429);
  const last = refused.at(-1) ?? answers.at(-1);
  showMeters(last.headers);
  const kept = answers.filter(({ headers }) => isFromCache(headers));
  const passed = FLOOD - refused.length;
  verdict(
    `${passed} answered, ${refused.length} refused.${refused.length ? ` ${refusal(last)}` : ''}`,
    `${kept.length} of the ${passed} came from the cache.`,
  );
}

function watchStock() {
  show('stock');
  const hint = byId('stock-hint');
  hint.textContent = 'A stream of server-sent events. Opening it counted once.';
  const events = new EventSource('/events');
  events.addEventListener('error', () => {
    if (events.readyState === EventSource.CLOSED) hint.textContent = 'Refused: too many streams were opened.';
  });
  events.addEventListener('stock', ({ data }) => {
    const { name, stock } = JSON.parse(data);
    const list = byId('stock');
    list.prepend(row(name, `${stock} left`));
    if (list.children.length > SHOWN_CHANGES) list.lastChild.remove();
  });
}

function addCopyButton(pre) {
  const button = element('button', 'Copy');
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(pre.firstChild.textContent);
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), 1500);
  });
  pre.append(button);
}

const away = () => verdict('The server is away.');

byId('search').addEventListener('submit', (event) => {
  event.preventDefault();
  search().catch(away);
});
byId('flood').addEventListener('click', () => flood().catch(away));
emptySquares();
show('flood', 'answers');
for (const pre of document.querySelectorAll('pre:has(code)')) addCopyButton(pre);
watchStock();
search().catch(away);
