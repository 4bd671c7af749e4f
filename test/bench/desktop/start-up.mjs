// How soon a window shows the library, against an empty window of the same Electron: in turn, each on a profile that it has used before.
import path from 'node:path';
import { median, sleep } from '../processes.mjs';
import { openEmpty, openProgram } from './windows.mjs';

/**
 * @param world { runtime, display, folder, profiles } @param rounds counted ones; one more warms up
 * @param settleMs a program that was used for as long has written down what its library is
 */
export async function measureStartUp(world, rounds, settleMs) {
  const runs = { empty: [], library: [], nothing: [] };
  const marks = { empty: [], library: [], nothing: [] };
  const engineUp = [];
  const profileOfEmpty = path.join(world.folder, 'profile-of-empty-window');
  const subjects = {
    empty: () => ({ window: openEmpty(world.runtime, world.display, profileOfEmpty), waitsFor: 'empty window' }),
    library: () => ({ window: openProgram(world.runtime, world.display, world.profiles.some, world.downloads), waitsFor: 'rows' }),
    nothing: () => ({ window: openProgram(world.runtime, world.display, world.profiles.none, world.downloads), waitsFor: 'empty library' }),
  };
  for (let round = -1; round < rounds; round++) {
    const order = Object.keys(subjects);
    for (const who of round % 2 ? order.toReversed() : order) {
      const { window, waitsFor } = subjects[who]();
      try {
        const ms = await window.paintedMs(waitsFor);
        if (who !== 'empty') await window.handle.line((line) => line.type === 'mark' && line.name === 'engine up', 60_000);
        if (round < 0) {
          await sleep(settleMs);
          continue;
        }
        runs[who].push(ms);
        marks[who].push(window.marks());
        if (who === 'library') engineUp.push(window.marks()['engine up']);
      } finally {
        await window.end();
      }
    }
  }
  const emptyMs = median(runs.empty);
  return {
    rounds, emptyMs, libraryMs: median(runs.library), noTorrentsMs: median(runs.nothing), engineUpMs: median(engineUp),
    libraryRatio: median(runs.library) / emptyMs, noTorrentsRatio: median(runs.nothing) / emptyMs,
    allMs: runs, marks: Object.fromEntries(Object.entries(marks).map(([who, those]) => [who, medianOfEach(those)])),
  };
}

function medianOfEach(marks) {
  const names = Object.keys(marks[0] ?? {}).filter((name) => marks.every((one) => name in one));
  return Object.fromEntries(names.map((name) => [name, median(marks.map((one) => one[name]))]));
}
