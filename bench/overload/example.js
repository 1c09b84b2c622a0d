const fs = require('node:fs');
const path = require('node:path');
const { connect } = require('./connections');
const { requestOf } = require('./connection');
const { offer } = require('./open-loop');
const { startPinned } = require('./pinned');
const { linePlot } = require('../harness/plots');
const { saturate } = require('./saturate');
const { schedule } = require('./schedule');
const { SLO_MS, windowsOf } = require('./summary');

const PICTURE = path.join(__dirname, '../../examples/express-app/dist/overload.svg');

const TIMES = 5;
const PHASES = [
  { seconds: 2, of: 0.5 },
  { seconds: 8, of: TIMES },
  { seconds: 3, of: 0.5 },
];
const PRINT_MS = 500;

/** Of twenty requests, a slow report that no cache knows, three products, and searches that no cache knows. */
const pathOf = (i) => {
  const place = i % 20;
  if (place === 0) return `/reports/sales?months=1&request=${i}`;
  return place < 4 ? `/products/${1 + ((i * 7) % 3000)}` : `/products?q=rope&sort=-rating&request=${i}`;
};

/** As many clients as the shop's own limits let each ask for a little. */
const CLIENTS = 5000;
const addressOf = (i) => `10.1.${(i % CLIENTS) >> 8}.${(i % CLIENTS) & 255}`;

const requestNumber = (i) => requestOf({ path: pathOf(i), headers: { 'X-Forwarded-For': addressOf(i) } });

const SATURATION = { clients: 32, warmupMs: 3000, ms: 2000 };
const WARM_UP = { ...SATURATION, ms: 0 };

async function main() {
  console.log('The example shop on Express: what it can do, measured at full load ...');
  const perSecond = await withShop(false, (port) => capacityOf(port, SATURATION));
  console.log(
    `${Math.round(perSecond)} requests a second. Now half of that, ${TIMES} times of it, and half again.`,
  );
  const goodput = {};
  for (const [name, isProtected] of [
    ['without protection', false],
    ['with protection', true],
  ]) {
    console.log(`\n${name}: served within ${SLO_MS} ms, a second\n`);
    goodput[name] = await withShop(isProtected, (port) => overload(port, perSecond));
  }
  console.log(
    '\nMore than at full load, since reports are refused first: each takes as long as many searches.',
  );
  fs.writeFileSync(PICTURE, pictureOf(goodput, perSecond));
  console.log(`As a picture: ${path.relative(process.cwd(), PICTURE)}`);
}

async function withShop(isProtected, run) {
  const shop = await startPinned('server', require.resolve('./shop'), isProtected);
  try {
    const port = await shop.call('listen');
    await capacityOf(port, WARM_UP);
    return await run(port);
  } finally {
    shop.kill();
  }
}

async function capacityOf(port, { clients, ...times }) {
  const connections = await connect(port, { opened: clients, most: clients });
  const taken = Array.from({ length: clients }, () => connections.take());
  let sent = 0;
  const request = () => requestNumber(sent++);
  // A protected shop refuses some, in its warm-up too.
  const perSecond = await saturate({ connections: taken, request, isFine: isAnswered, ...times });
  for (const connection of taken) connection.leave();
  return perSecond;
}

const isAnswered = (answer) => answer !== undefined;

/** Open loop, shown as it happens. */
async function overload(port, perSecond) {
  const phases = PHASES.map(({ seconds, of }) => ({ seconds, perSecond: perSecond * of }));
  const dueMs = schedule(phases, 'poisson');
  const numbers = Uint32Array.from(dueMs, (_, i) => i);
  const connections = await connect(port, { opened: 500, most: 6000 });
  const show = display(perSecond);
  const run = await offer({
    dueMs,
    kinds: numbers,
    requests: Array.from(numbers, requestNumber),
    connections,
    giveUpMs: 1000,
    onAnswer: show.count,
  });
  show.end();
  connections.close();
  return windowsOf(run, 1000 * PHASES.reduce((sum, { seconds }) => sum + seconds, 0));
}

const BAR = 40;

/** Prints a line each half second: a bar as long as what was served in time is of what can be. */
function display(perSecond) {
  const counted = { good: 0, late: 0, refused: 0 };
  let seconds = 0;
  const print = () => {
    seconds += PRINT_MS / 1000;
    const rate = (name) => Math.round((counted[name] * 1000) / PRINT_MS);
    const full = Math.min(BAR, Math.round((BAR * rate('good')) / perSecond));
    const bar = '█'.repeat(full) + '·'.repeat(BAR - full);
    const numbers = `${pad(rate('good'))} in time ${pad(rate('late'))} late ${pad(rate('refused'))} refused`;
    console.log(`${seconds.toFixed(1).padStart(5)} s  ${bar} ${numbers}`);
    for (const name of Object.keys(counted)) counted[name] = 0;
  };
  const timer = setInterval(print, PRINT_MS);
  return {
    count(status, latencyMs) {
      if (status !== 200) counted.refused++;
      else if (latencyMs <= SLO_MS) counted.good++;
      else counted.late++;
    },
    end: () => clearInterval(timer),
  };
}

const pad = (number) => String(number).padStart(5);

function pictureOf(goodput, perSecond) {
  const points = (windows) =>
    windows.map(({ fromMs, goodput }) => [fromMs / 1000, (100 * goodput) / perSecond]);
  const [before, during] = PHASES;
  return linePlot({
    title: `The example shop: 0.5x, ${TIMES}x, 0.5x`,
    series: Object.fromEntries(Object.entries(goodput).map(([name, windows]) => [name, points(windows)])),
    x: { title: 'seconds', min: 0 },
    y: { title: `served within ${SLO_MS} ms, % of capacity`, min: 0 },
    shaded: [before.seconds, before.seconds + during.seconds, `${TIMES}x`],
  });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
