/** First quartile, median and third quartile: what stands in the tables, and how far rounds lie apart. */
function quartiles(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return { q1: quantile(sorted, 0.25), median: quantile(sorted, 0.5), q3: quantile(sorted, 0.75) };
}

function quantile(sorted, fraction) {
  const at = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at % 1);
}

// Of the same round each: what slows the machine for a while slows both, and drops out.

const differences = (samples, baseline) =>
  quartiles(samples.map((sample, round) => sample - baseline[round]));
const ratios = (samples, baseline) => quartiles(samples.map((sample, round) => sample / baseline[round]));

module.exports = { quartiles, differences, ratios };
