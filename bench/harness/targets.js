const { format } = require('./table');

/** A claim, what was measured for it, and whether that keeps within the bound. */
const target = (claim, measured, sign, bound, met) => ({
  claim,
  measured,
  bound: `${sign} ${format(bound)}`,
  met,
});

module.exports = {
  atMost: (claim, measured, bound) => target(claim, measured, '<=', bound, measured <= bound),
  atLeast: (claim, measured, bound) => target(claim, measured, '>=', bound, measured >= bound),
  lessThan: (claim, measured, bound) => target(claim, measured, '<', bound, measured < bound),
  moreThan: (claim, measured, bound) => target(claim, measured, '>', bound, measured > bound),
};
