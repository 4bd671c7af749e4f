// What went over every line, four times a second, from the kernel's own counters in the hub.
import { readFileSync } from 'node:fs';

export const EVERY_MS = 250;

/** Bytes that each of the hub's devices received and sent: `Map(device → { received, sent })`. */
function readCounters(pid) {
  const counters = new Map();
  for (const line of readFileSync(`/proc/${pid}/net/dev`, 'utf8').split('\n')) {
    const found = /^\s*(\S+):\s+(.*)$/.exec(line);
    if (!found) continue;
    const fields = found[2].trim().split(/\s+/).map(Number);
    counters.set(found[1], { received: fields[0], sent: fields[8] });
  }
  return counters;
}

/**
 * Samples until `stop()`.
 * @param pid of any process inside the hub
 * @param lines `[{ device, way: 'from-node' | 'to-node' }]`, what is to be kept
 * @param onSample called with the latest bytes of every line
 */
export function watchLines(pid, lines, onSample = () => {}) {
  let known = readCounters(pid);
  const base = lines.map((line) => value(known, line));
  const seconds = [];
  const series = lines.map(() => []);
  const startedAt = performance.now();
  const sample = () => {
    try { known = readCounters(pid); } catch { return; } // the hub is going away
    seconds.push((performance.now() - startedAt) / 1000);
    const latest = lines.map((line, i) => Math.max(0, value(known, line) - base[i]));
    latest.forEach((bytes, i) => series[i].push(bytes));
    onSample(latest, seconds.at(-1));
  };
  const timer = setInterval(sample, EVERY_MS);
  return {
    seconds, series,
    stop() {
      clearInterval(timer);
      sample();
    },
  };
}

const value = (counters, { device, way }) => {
  const found = counters.get(device);
  return found ? (way === 'from-node' ? found.received : found.sent) : 0;
};

/** Bytes within any one second, the most of all. */
export function peakPerSecond(seconds, bytes) {
  let peak = 0;
  for (let from = -1, to = 0; to < seconds.length; to++) {
    while (seconds[to] - (from < 0 ? 0 : seconds[from]) > 1.05) from++;
    peak = Math.max(peak, bytes[to] - (from < 0 ? 0 : bytes[from]));
  }
  return peak;
}

/** Bytes per second between the samples, over half a second: smooth enough to look at. */
export function ratesOf(seconds, bytes) {
  return bytes.map((value, i) => {
    const before = Math.max(0, i - 2);
    return i === 0 ? 0 : (value - bytes[before]) / Math.max(0.01, seconds[i] - seconds[before]);
  });
}
