// Starts the programs a benchmark compares, reads what they print as JSON lines, and ends exactly those.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const running = new Set();
const TICKS_PER_SECOND = 100;

/** @returns a handle with `line(predicate)`: the first JSON line that fits, within `timeoutMs` */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', options.quiet ? 'ignore' : 'inherit'], ...options });
  const lines = [];
  const waiting = new Set();
  const handle = {
    child, lines, exited: new Promise((resolve) => child.once('exit', (code) => resolve(code))),
    line(fits, timeoutMs = 60_000) {
      const found = lines.find(fits);
      if (found) return Promise.resolve(found);
      return new Promise((resolve, reject) => {
        const entry = {
          fits, resolve: (line) => { clearTimeout(timer); resolve(line); }, reject: (error) => { clearTimeout(timer); reject(error); },
        };
        const timer = setTimeout(() => {
          waiting.delete(entry);
          reject(new Error(`${command} ${args.join(' ').slice(0, 200)} said nothing in time`));
        }, timeoutMs);
        waiting.add(entry);
      });
    },
    async end() {
      running.delete(handle);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await handle.exited;
      clearTimeout(timer);
    },
  };
  running.add(handle);
  createInterface({ input: child.stdout }).on('line', (text) => {
    let line;
    try { line = JSON.parse(text); } catch { return; }
    lines.push(line);
    for (const entry of waiting) {
      if (!entry.fits(line)) continue;
      waiting.delete(entry);
      entry.resolve(line);
    }
  });
  handle.exited.then((code) => {
    for (const entry of waiting) entry.reject(new Error(`${command} ${args.join(' ')} ended with ${code}`));
    waiting.clear();
  });
  return handle;
}

// Whatever happens to us, nothing that we started goes on.
process.on('exit', () => {
  for (const { child } of running) child.kill('SIGKILL');
});

export async function endAll() {
  await Promise.all([...running].map((handle) => handle.end()));
}

/** Seconds of processor time a process has used, its threads included. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Bytes of memory of its own: what would be free again without it. */
export function ownMemoryBytes(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0);
  return (kilobytes('Private_Clean') + kilobytes('Private_Dirty')) * 1024;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length % 2 ? sorted[sorted.length >> 1] : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
