// What is kept of the figures of each package: one file a package, read back when it moves again, kept for a while after it was removed.
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Incident, PackageFigures, PackageId } from '../../contract/index.ts';
import { writeFileAtomic } from '../engine/atomic-file.ts';
import { readJson } from './json-file.ts';

const count = z.number().nonnegative();
const time = z.number().int().nonnegative();
/** Counters of one torrent at the last look: from people, from servers, uploaded. */
const Counters = z.tuple([count, count, count]);
export type Counters = z.infer<typeof Counters>;

export const KeptFigures = z.object({
  version: z.literal(1), id: PackageId, name: z.string().max(1000), at: time, addedAt: time, startedAt: time.nullable(), completedAt: time.nullable(), firstPieceMs: count.nullable(),
  bytes: z.object({ people: count, server: count, local: count, wasted: count, uploaded: count, total: count }),
  joined: count, left: count, layers: z.record(z.string().max(64), Counters),
  trackers: PackageFigures.shape.trackers.max(100), incidents: z.array(Incident).max(500),
  history: z.object({ stepMs: z.number().int().min(1000).max(2 ** 40), steps: z.array(z.array(z.number()).max(20)).max(1400) }),
});
export type KeptFigures = z.infer<typeof KeptFigures>;

/** Reports of removed packages that are kept. */
const MAX_REMOVED = 100;
const fileName = /^([0-9a-z][0-9a-z.-]{0,119})\.json$/;

export class FiguresFiles {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'figures');
  }

  /** Null when nothing is kept, or when it makes no sense. */
  async read(id: string): Promise<KeptFigures | null> {
    const path = this.#path(id);
    if (!path) return null;
    const kept = KeptFigures.safeParse(await readJson(path));
    return kept.success && kept.data.id === id ? kept.data : null;
  }

  async write(kept: KeptFigures): Promise<void> {
    const path = this.#path(kept.id);
    if (path) await writeFileAtomic(path, JSON.stringify(kept));
  }

  /** Ids of which something is kept, newest first. */
  async ids(): Promise<string[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const found = await Promise.all(names.map(async (name) => {
      const id = fileName.exec(name)?.[1];
      const changed = id === undefined ? null : await stat(join(this.#folder, name)).then(({ mtimeMs }) => mtimeMs, () => null);
      return changed === null ? [] : [{ id: id!, changed }];
    }));
    return found.flat().toSorted((a, b) => b.changed - a.changed).map(({ id }) => id);
  }

  /** Drops the oldest reports of packages that are not here any more, beyond a hundred. */
  async prune(isHere: (id: string) => boolean): Promise<void> {
    const gone = (await this.ids()).filter((id) => !isHere(id));
    for (const id of gone.slice(MAX_REMOVED)) await rm(this.#path(id)!, { force: true });
  }

  /** Null for what could leave the folder or hide in it. */
  #path(id: string): string | null {
    const name = `${id}.json`;
    return fileName.test(name) && !id.includes('..') ? join(this.#folder, name) : null;
  }
}
