const { OURS, PEERS } = require('./contestants');
const { NOT_APPLICABLE, open } = require('./engine');
const { PROBES } = require('./probes');
const { tableMarkdown } = require('./table');
const { versionsLine } = require('./versions');

async function main() {
  const contestants = [...OURS, ...PEERS];
  const columns = [];
  // Not at a time: what keeps one busy would make another look slow.
  for (const contestant of contestants) columns.push(await runAll(contestant));
  const rows = PROBES.map((probe, i) => ({ name: nameOf(probe), cells: columns.map((cells) => cells[i]) }));
  const { text, failed } = tableMarkdown(
    contestants.map(({ name }) => name),
    rows,
    NOT_APPLICABLE,
  );
  console.log(`${versionsLine()}\n\n${text}`);
  if (failed.slice(0, OURS.length).some((count) => count > 0)) process.exitCode = 1;
}

/** One after the other: an application answers one probe at a time. */
async function runAll(contestant) {
  const { run, close } = await open(contestant);
  const failures = [];
  for (const probe of PROBES) failures.push(await run(probe));
  await close();
  return failures;
}

const nameOf = ({ claim, section }) => `${claim} (${section})`;

// They stand in the table.
process.removeAllListeners('warning');

main().catch((error) => {
  console.error(error);
  process.exitCode = 2;
});
