// What the program with an idle library keeps in memory, against an empty window and the core alone: shares of shared pages counted (PSS), all processes.
import path from 'node:path';
import { coreFlags } from '../../../main/core/core-flags.ts';
import { median, sleep } from '../processes.mjs';
import { quietSettings } from './library-fixture.mjs';
import { familyOf, megabytesByKind, megabytesOf, openEmpty, openProgram, projectFolder } from './windows.mjs';

/** @param world { runtime, display, folder, profiles } @param settleMs how long each has to come to rest */
export async function measureMemory(world, rounds, settleMs) {
  const all = { program: [], empty: [], core: [] };
  let kinds = {};
  const look = async (open, waitsFor, measure) => {
    const window = open();
    try {
      await window.paintedMs(waitsFor);
      await sleep(settleMs);
      return await measure(window);
    } finally {
      await window.end();
    }
  };
  const profile = path.join(world.folder, 'profile-of-empty-window');
  for (let round = 0; round < rounds; round++) {
    all.empty.push(await look(() => openEmpty(world.runtime, world.display, profile), 'empty window', ({ pid }) => megabytesOf(familyOf(pid))));
    // Started beside an empty window, so that both cores share the same files with an Electron.
    const environment = { EMPTY_WINDOW_CORE: JSON.stringify(coreOf(world)) };
    all.core.push(await look(() => openEmpty(world.runtime, world.display, profile, { environment }), 'empty window', async (window) => {
      const { pid } = await window.handle.line((line) => line.type === 'core', 30_000);
      await sleep(settleMs);
      return megabytesOf(familyOf(pid));
    }));
    all.program.push(await look(() => openProgram(world.runtime, world.display, world.profiles.some, world.downloads), 'rows', async ({ pid }) => {
      const family = familyOf(pid);
      kinds = megabytesByKind(family);
      return megabytesOf(family);
    }));
  }
  const emptyMB = median(all.empty);
  const coreMB = median(all.core);
  const programMB = median(all.program);
  return { rounds, programMB, emptyMB, coreMB, ratio: programMB / (emptyMB + coreMB), kinds, all };
}

const coreOf = (world) => ({
  entry: path.join(projectFolder, 'dist/core/main.js'), flags: coreFlags,
  options: { dataDir: path.join(world.profiles.some, 'data'), downloadDir: world.downloads, version: '0', allowPrivate: false, settings: quietSettings, peers: [] },
});
