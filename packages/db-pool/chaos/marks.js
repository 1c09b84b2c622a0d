const { isGood } = require('./load');

/** A write that was answered well is there once, any other at most once. */
async function lostOrDoubled(stage, writes) {
  const marks = await stage.marks('load-%');
  const wrong = writes.filter((answer) => {
    const count = marks.get(answer.tag) ?? 0;
    return isGood(answer) ? count !== 1 : count > 1;
  });
  return { what: 'writes lost or doubled', measured: wrong.length, most: 0 };
}

module.exports = { lostOrDoubled };
