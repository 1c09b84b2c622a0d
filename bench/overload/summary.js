const { NONE } = require('./open-loop');

/** Goodput counts answers within it. */
const SLO_MS = 250;
const WINDOW_MS = 100;

/** Of a generator that was later than this, the measured latencies are too much its own. */
const MAX_LAG_MS = 20;

/**
 * What became of the requests that were due in a span of time.
 * @param run what `offer` gave.
 * @param kind counts these only.
 * @returns `offered` and `goodput` a second (2xx within the SLO); how many were `sent`, `good`, `refused` (answered, but not 2xx) and
 * `failed` (no answer until the client left); `p50Ms`, `p99Ms` of those that were answered 2xx, undefined where there was none;
 * `retryAfterS`, the range of what the refused were told.
 */
function spanOf(run, fromMs, toMs, kind) {
  const { good, refused, failed, sent, latencies, retryAfters } = count(run, fromMs, toMs, kind);
  const seconds = (toMs - fromMs) / 1000;
  return {
    offered: sent / seconds,
    goodput: good / seconds,
    sent,
    good,
    refused,
    failed,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    retryAfterS: retryAfters.length > 0 ? [Math.min(...retryAfters), Math.max(...retryAfters)] : undefined,
  };
}

function count({ dueMs, kinds, status, latencyMs, retryAfterS }, fromMs, toMs, kind) {
  const counted = { sent: 0, good: 0, refused: 0, failed: 0, latencies: [], retryAfters: [] };
  for (let i = firstFrom(dueMs, fromMs); i < dueMs.length && dueMs[i] < toMs; i++) {
    if (kind !== undefined && kinds[i] !== kind) continue;
    counted.sent++;
    if (status[i] === NONE) counted.failed++;
    else if (status[i] < 200 || status[i] > 299) counted.refused++;
    else {
      counted.latencies.push(latencyMs[i]);
      if (latencyMs[i] <= SLO_MS) counted.good++;
    }
    if (!Number.isNaN(retryAfterS[i])) counted.retryAfters.push(retryAfterS[i]);
  }
  return counted;
}

function firstFrom(dueMs, fromMs) {
  const index = dueMs.findIndex((due) => due >= fromMs);
  return index < 0 ? dueMs.length : index;
}

/** The nearest rank. */
function percentile(numbers, fraction) {
  if (numbers.length === 0) return undefined;
  const sorted = numbers.sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)];
}

/** The same in windows of 100 ms, for a plot over time. */
function windowsOf(run, endMs) {
  const windows = [];
  for (let fromMs = 0; fromMs < endMs; fromMs += WINDOW_MS) {
    const { offered, goodput, refused, failed, p50Ms, p99Ms } = spanOf(run, fromMs, fromMs + WINDOW_MS);
    windows.push({ fromMs, offered, goodput, refused, failed, p50Ms, p99Ms });
  }
  return windows;
}

/** How late the generator was, and whether its run counts for nothing therefore. */
function lagOf({ lagMs }) {
  const lags = Array.from(lagMs);
  const p99Ms = percentile(lags, 0.99);
  return { p99Ms, maxMs: lags.at(-1), void: p99Ms > MAX_LAG_MS };
}

module.exports = { lagOf, SLO_MS, spanOf, WINDOW_MS, windowsOf };
