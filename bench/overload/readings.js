// What a table, a plot or a target reads of one sample.

const percent = (part, whole) => (whole > 0 ? (100 * part) / whole : undefined);

/** Goodput as a share of so many capacities, in per cent. */
const ofCapacity =
  (span = 'measured', capacities = 1) =>
  ({ spans, capacity }) =>
    percent(spans[span].goodput, capacity * capacities);

/** The same where requests ask for more and less: what they asked for counts. */
const workOfCapacity = (weights) => (sample) => {
  const { kinds, good, goodput } = sample.spans.measured;
  if (good === 0) return 0;
  const work = kinds.reduce((sum, kind, i) => sum + kind.good * weights[i], 0);
  return percent((goodput * work) / good, sample.capacity);
};

const ofOffered =
  (span = 'measured') =>
  ({ spans }) =>
    percent(spans[span].goodput, spans[span].offered);

const criticalServed = ({ spans }) => percent(spans.measured.kinds[0].good, spans.measured.kinds[0].sent);
const uploadsServed = ({ slow }) => percent(slow.uploaded, slow.uploaded + slow.refused);
const p99 = ({ spans }) => spans.measured.p99Ms;
const shed = ({ spans }) => spans.measured.refused + spans.measured.failed;

module.exports = { criticalServed, ofCapacity, ofOffered, p99, shed, uploadsServed, workOfCapacity };
