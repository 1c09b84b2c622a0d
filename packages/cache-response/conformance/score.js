const KINDS = ['required', 'optimal', 'check'];

const hasPassed = ({ result }) => result === 'pass' || result === 'yes';

/** How many there are of each kind, and how many of them have passed. */
function scoreOf(outcomes) {
  const of = (kind) => outcomes.filter((outcome) => outcome.kind === kind);
  return Object.fromEntries(
    KINDS.map((kind) => [kind, { passed: of(kind).filter(hasPassed).length, total: of(kind).length }]),
  );
}

/** What should have passed and hasn't. Of the kind `check`, neither yes nor no is wrong. */
const notPassed = (outcomes) => outcomes.filter((outcome) => outcome.kind !== 'check' && !hasPassed(outcome));

/**
 * What falls short of a target.
 * @param target how many of a kind have to pass; besides, none that is required may fail outright.
 */
function shortfalls(outcomes, target) {
  const score = scoreOf(outcomes);
  const few = Object.entries(target)
    .filter(([kind, wanted]) => score[kind].passed < wanted)
    .map(([kind, wanted]) => `${score[kind].passed} ${kind} tests passed, ${wanted} wanted`);
  // Of the other kinds the suite says so in other words.
  const failed = outcomes.filter(({ result }) => result === 'fail');
  return failed.length > 0
    ? [...few, `required tests failed: ${failed.map(({ id }) => id).join(', ')}`]
    : few;
}

module.exports = { KINDS, notPassed, scoreOf, shortfalls };
