// Keeps the metadata of every package as a .torrent file of its own, so that a restart asks nobody.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../engine/atomic-file.ts';
import { encodeTorrentFile, parseTorrentFile } from '../metainfo/metainfo.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';

/** Where the store keeps what is verified of a package. */
export const resumePath = (dataDir: string, infoHash: string): string => join(dataDir, 'resume', infoHash);

export class MetadataFiles {
  readonly #dataDir: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** null when it is not there or is damaged: people are asked again then. */
  async read(infoHash: string): Promise<Metainfo | null> {
    try {
      const metainfo = parseTorrentFile(await readFile(this.#path(infoHash)));
      return metainfo.infoHash === infoHash ? metainfo : null;
    } catch {
      return null;
    }
  }

  async keep(metainfo: Metainfo): Promise<void> {
    await writeFileAtomic(this.#path(metainfo.infoHash), encodeTorrentFile(metainfo));
  }

  async forget(infoHash: string): Promise<void> {
    await rm(this.#path(infoHash), { force: true });
  }

  #path(infoHash: string): string {
    return join(this.#dataDir, 'torrents', `${infoHash}.torrent`);
  }
}
