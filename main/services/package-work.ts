// Work on the files of a whole package, which stands still meanwhile: checking and moving them; and which of them are its own.
import { ContractError } from '../../contract/index.ts';
import type { LayerEntry } from './layer-entry.ts';
import type { Library } from './library.ts';
import type { PackageEntry } from './package-entry.ts';
import { sealedOutputs } from './sealed-outputs.ts';

/** Hashes what is on disk; a problem of missing or changed files is gone afterwards. @throws {ContractError} `not-found` */
export async function recheckPackage(library: Library, id: string): Promise<void> {
  const entry = library.get(id);
  if (!entry.hasMetadata || entry.ownWork) return;
  await work(library, entry, 'checking', async (report) => {
    for (const [index, layer] of entry.layers.entries()) {
      await layer.torrent.recheck((done) => report((index + done) / entry.layers.length));
      layer.keepChecks();
      if (layer.manifest) layer.record.checked = layer.torrent.fileStates().join('');
      if (layer.record.opened) layer.record.opened = await sealedOutputs.areHere(entry.record.folder, layer);
    }
    entry.clearProblems();
    if (!entry.whole) entry.record.completedAt = null;
  });
}

/** Moves the files; on failure they stay where they were. @throws {ContractError} `not-found`, `already-moving`, and what the disk says */
export async function movePackage(library: Library, id: string, folder: string, log: (line: string) => void): Promise<void> {
  const entry = library.get(id);
  if (entry.work || entry.record.next || entry.record.event?.replacing) throw new ContractError('already-moving', 'Its files are being checked, moved or updated right now.');
  await work(library, entry, 'moving', async () => {
    const before = entry.record.folder;
    const moved: LayerEntry[] = [];
    for (const { torrent } of entry.layers) torrent.pause();
    try {
      for (const layer of entry.layers) {
        await layer.torrent.store?.moveTo(folder);
        moved.push(layer);
      }
      await sealedOutputs.move(entry, before, folder);
    } catch (error) {
      for (const layer of moved) await layer.torrent.store?.moveTo(before).catch((again: unknown) => log(`A part could not be moved back: ${String(again)}`));
      throw error;
    }
    entry.record.folder = folder;
    await library.saved();
  });
  for (const layer of entry.layers) if (layer.state === 'sealed') library.emit('layerAdvanced', entry, layer);
}

/** Everything on the disk that belongs to a package and may go with it: its files, what was opened of sealed layers, and its folders. */
export async function ownedPaths(entry: PackageEntry): Promise<string[]> {
  const files: string[] = [];
  const folders = new Set<string>();
  for (const { torrent } of entry.layers) {
    const { store } = torrent;
    if (!store) continue;
    const owned = await store.ownedPaths();
    await store.flush();
    files.push(...owned.files);
    for (const folder of owned.folders) folders.add(folder);
  }
  return sealedOutputs.withFolders(entry, files, folders);
}

async function work(library: Library, entry: PackageEntry, kind: 'checking' | 'moving', run: (report: (done: number) => void) => Promise<void>): Promise<void> {
  entry.ownWork = { kind, progress: 0 };
  library.steer();
  try {
    await run((progress) => {
      entry.ownWork = { kind, progress };
      library.emit('changed', entry.record.id);
    });
  } finally {
    entry.ownWork = null;
    library.noteCompletion(entry);
    library.steer();
  }
}
