const { KINDS, notPassed, scoreOf } = require('./score');

const line = (cells) => `| ${cells.join(' | ')} |`;

/** A row a contestant: how many tests of each kind it has passed. */
const tableMarkdown = (contestants) =>
  [
    line(['contestant', ...KINDS]),
    `|-|${'-|'.repeat(KINDS.length)}`,
    ...contestants.map(({ name, outcomes }) => line([name, ...cellsOf(outcomes)])),
  ].join('\n');

function cellsOf(outcomes) {
  const score = scoreOf(outcomes);
  return KINDS.map((kind) => `${score[kind].passed} of ${score[kind].total}`);
}

/** Each test that a contestant should have passed and hasn't. */
const listMarkdown = ({ name, outcomes }) =>
  [`Not passed by ${name}:`, '', ...notPassed(outcomes).map((outcome) => `- ${describe(outcome)}`)].join(
    '\n',
  );

/** In one line: which test, and what became of it. */
const describe = ({ id, kind, result, message }) =>
  [`${id} (${kind}): ${result}`, message].filter(Boolean).join(': ');

module.exports = { describe, listMarkdown, tableMarkdown };
