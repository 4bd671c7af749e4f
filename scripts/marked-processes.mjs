// The processes that a script started, and those that these started in turn, wherever they went: all carry a mark in their environment. Linux alone tells it.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export const markName = 'FLASHSWARM_RUN_MARK';

/** The pids of those that run and carry the mark, this process left out; none where there is no /proc. */
export function markedProcesses(mark) {
  let pids;
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  } catch {
    return [];
  }
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${markName}=${mark}`);
    } catch {
      return false; // it ended meanwhile, or is somebody else's
    }
  }).map(Number);
}

function signalAll(mark, signal) {
  for (const pid of markedProcesses(mark)) {
    try {
      process.kill(pid, signal);
    } catch {
      // it ended meanwhile
    }
  }
}

/** Ends them all: SIGTERM, and SIGKILL for who still runs after `graceMs`. Resolves when they are gone. */
export async function endMarked(mark, graceMs = 3_000) {
  signalAll(mark, 'SIGTERM');
  const end = Date.now() + graceMs;
  while (markedProcesses(mark).length > 0) {
    // Again each time: one that was just being started was not there before.
    if (Date.now() > end) signalAll(mark, 'SIGKILL');
    await sleep(50);
  }
}
