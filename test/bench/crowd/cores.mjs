// Processor time of a crowd: what its programs used, and how full the machine was with everything.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { cpuSeconds, sleep } from '../processes.mjs';

/** Above this share the machine decides how fast the crowd is, not the lines. */
export const MOST_CORES_SHARE = 0.8;

/** @returns the share of the cores that is in use before a crowd begins: by others, its own programs only wait */
export async function othersShare(ms = 1000) {
  const before = readMachine();
  await sleep(ms);
  const after = readMachine();
  return (after.busy - before.busy) / Math.max(1, after.all - before.all);
}

/** @param programs gives the handles of all client programs, those that do not run yet left out */
export function watchCores(programs, servers) {
  const before = new Map();
  const latest = new Map();
  const look = (handles) => {
    let sum = 0;
    for (const { child } of handles.filter(Boolean)) {
      try { latest.set(child.pid, cpuSeconds(child.pid)); } catch { /* it has ended: what was seen last counts */ }
      sum += (latest.get(child.pid) ?? 0) - (before.get(child.pid) ?? 0);
    }
    return sum;
  };
  look(programs());
  look(servers);
  for (const [pid, seconds] of latest) before.set(pid, seconds);
  const machine = readMachine();
  const startedAt = performance.now();
  // Programs that end by themselves (curl) take their figures with them.
  const timer = setInterval(() => { look(programs()); }, 500);
  return {
    note() { look(programs()); look(servers); },
    stop() {
      clearInterval(timer);
      const wall = (performance.now() - startedAt) / 1000;
      const now = readMachine();
      const clients = look(programs());
      return {
        cpuSeconds: clients, serverCpuSeconds: look(servers), wallSeconds: wall, ownShare: clients / wall / cpus().length,
        coresShare: (now.busy - machine.busy) / Math.max(1, now.all - machine.all),
      };
    },
  };
}

/** Ticks of all cores since the boot, those of the kernel for the lines included. */
function readMachine() {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1, 9).map(Number);
  const all = fields.reduce((sum, ticks) => sum + ticks, 0);
  return { all, busy: all - fields[3] - fields[4] };
}
