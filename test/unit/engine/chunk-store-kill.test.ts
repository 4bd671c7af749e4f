// Kills a process with SIGKILL at random moments while it writes pieces: what the store said it keeps, it keeps.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openChunkStore } from '../../../main/engine/chunk-store.ts';
import { temporaryFolder } from './chunk-store-fixture.ts';
import { killTorrent, PRIORITIES } from './chunk-store-kill-fixture.ts';

const WRITER = fileURLToPath(new URL('./chunk-store-kill-fixture.ts', import.meta.url));
const AT_ONCE = 4;
const ROUNDS = 10;

/** @returns the pieces that the store had promised before the process died, and whether it came to its end */
async function writeUntilKilled(folder: string, afterPieces: number): Promise<{ promised: number[]; complete: boolean }> {
  const child = spawn(process.execPath, [WRITER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.split('\n').length > afterPieces) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const lines = text.split('\n').filter(line => line !== '');
  return { promised: lines.filter(line => line !== 'complete').map(Number), complete: lines.includes('complete') };
}

it('keeps exactly what it promised, whenever the process is killed', { timeout: 120_000 }, async () => {
  const { metainfo } = killTorrent();
  const disk = await temporaryFolder();
  try {
    const promised = new Set<number>();
    let complete = false;
    for (let round = 0; round < ROUNDS; round++) {
      const run = await writeUntilKilled(disk.path, round === ROUNDS - 1 ? Infinity : 5 + Math.floor(Math.random() * 40));
      // Nothing that was promised before was written again.
      expect(run.promised.filter(piece => promised.has(piece))).toEqual([]);
      for (const piece of run.promised) promised.add(piece);
      complete = run.complete;

      const store = await openChunkStore(metainfo, {
        folder: disk.in('downloads'), resumeFile: disk.in('state', 'resume'), filePriorities: PRIORITIES,
      });
      let hashed = 0;
      await store.open(() => { hashed++; });
      // Only what was being written at that moment is read again.
      expect(hashed).toBeLessThanOrEqual(AT_ONCE);
      for (const piece of promised) {
        expect(store.have.get(piece), `piece ${piece} was promised`).toBe(true);
        expect([1, 2, 3]).toContain(store.origins[piece]);
      }
      for (let piece = 0; piece < store.have.length; piece++) {
        if (!store.have.get(piece)) continue;
        const hash = createHash('sha1').update(await store.readPiece(piece)).digest();
        expect(hash.equals(metainfo.hashes.subarray(piece * 20, piece * 20 + 20)), `piece ${piece} is right`).toBe(true);
        promised.add(piece);
      }
      await store.close();
    }
    expect(complete).toBe(true);
    expect(promised.size).toBe(metainfo.pieceCount);
  } finally {
    await disk.remove();
  }
});
