// The bytes of a torrent on the disk: its files, and for skipped files the parts file. Knows nothing of verification.
import type { Stats } from 'node:fs';
import { lstat, mkdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout, Segment } from './chunk-store-layout.ts';
import { DiskError, toDiskError } from './disk-error.ts';
import { releaseFiles, withFile } from './disk-handles.ts';
import { readFully, writeFully } from './disk-io.ts';
import { PartsFile } from './disk-parts.ts';

export class StoreFiles {
  readonly layout: Layout;
  readonly parts: PartsFile;
  folder: string;
  /** Files that are on the disk, as far as is known. */
  readonly onDisk: Uint8Array;
  /** Files whose bytes go to the parts file: skipped ones that are not on the disk, and pad files. */
  readonly viaParts: Uint8Array;
  /** Files that this run has written to. */
  readonly written: Uint8Array;
  /** Files written since the last sync. */
  readonly dirty = new Set<number>();
  readonly #lastWriteMs = new Map<number, number>();
  #folderMade = false;
  #emptyMade = false;
  #priorities: Uint8Array;

  constructor(layout: Layout, folder: string, partsPath: string, priorities: Uint8Array) {
    const count = layout.metainfo.files.length;
    this.layout = layout;
    this.folder = folder;
    this.parts = new PartsFile(partsPath, layout.metainfo.pieceLength);
    this.onDisk = new Uint8Array(count);
    this.viaParts = new Uint8Array(count);
    this.written = new Uint8Array(count);
    this.#priorities = priorities;
  }

  absolute(file: number): string {
    return join(this.folder, this.layout.paths[file]!);
  }

  /** Looks at every file once; what is no regular file counts as absent. */
  async lookAt(files: Iterable<number>): Promise<Map<number, Stats>> {
    const found = new Map<number, Stats>();
    const queue = [...files].filter(file => this.layout.paths[file] !== null);
    const work = async (): Promise<void> => {
      for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
        const stats = await lstat(this.absolute(file)).catch(() => null);
        if (stats?.isFile()) found.set(file, stats);
      }
    };
    await Promise.all(Array.from({ length: 4 }, work));
    return found;
  }

  /**
   * Uses a file under its unsafe name where a person has it under that one, with the right size, and not under the safe
   * one.
   */
  async adoptNamed(): Promise<void> {
    const { files } = this.layout.metainfo;
    for (const file of files.keys()) {
      const named = this.layout.namedPath(file);
      if (named === null) continue;
      if (await lstat(this.absolute(file)).catch(() => null)) continue;
      const stats = await lstat(join(this.folder, named)).catch(() => null);
      if (stats?.isFile() && stats.size === files[file]!.length && !this.layout.paths.includes(named)) this.layout.paths[file] = named;
    }
  }

  /** Decides where each file's bytes live: call after `onDisk` is known. */
  settle(): void {
    this.layout.paths.forEach((path, file) => {
      this.viaParts[file] = path === null || (this.#priorities[file] === 0 && !this.onDisk[file]) ? 1 : 0;
    });
  }

  /** @returns files that were skipped and are wanted now, so that their bytes must leave the parts file */
  select(priorities: Uint8Array): number[] {
    this.#priorities = priorities;
    this.#emptyMade = false;
    const wanted: number[] = [];
    this.layout.paths.forEach((path, file) => {
      if (path === null) return;
      if (priorities[file] === 0 && !this.onDisk[file]) this.viaParts[file] = 1;
      else if (priorities[file] !== 0 && this.viaParts[file]) wanted.push(file);
    });
    return wanted;
  }

  /** Whether nothing can be read of the file, without asking the disk. */
  isAbsent(file: number, piece: number): boolean {
    if (this.layout.paths[file] === null) return false;
    return this.viaParts[file] ? !this.parts.has(piece) : !this.onDisk[file];
  }

  /** Fills `target`, whose first byte is byte `base` of the piece. */
  async read(segments: readonly Segment[], piece: number, target: Uint8Array, base = segments[0]?.pieceOffset ?? 0): Promise<void> {
    for (const segment of segments) {
      const part = target.subarray(segment.pieceOffset - base, segment.pieceOffset - base + segment.length);
      if (!this.viaParts[segment.file]) await this.#readFile(segment, part);
      else if (this.parts.has(piece)) await this.parts.read(piece, segment.pieceOffset, part);
      else if (this.layout.paths[segment.file] === null) part.fill(0);
      else throw new DiskError('files-missing', `${this.absolute(segment.file)} was not downloaded.`);
    }
  }

  async #readFile(segment: Segment, part: Uint8Array): Promise<void> {
    const path = this.absolute(segment.file);
    try {
      await withFile(this.folder, this.layout.paths[segment.file]!, 'read', file => readFully(file, part, segment.fileOffset, path));
    } catch (error) {
      throw toDiskError(error, path);
    }
  }

  /** Writes a piece: one write for each file it touches. */
  async write(piece: number, data: Uint8Array): Promise<void> {
    await this.#prepare();
    const aside: { offset: number; data: Uint8Array }[] = [];
    const writing: Promise<void>[] = [];
    let skipped = false;
    for (const segment of this.layout.segments(piece)) {
      const part = data.subarray(segment.pieceOffset, segment.pieceOffset + segment.length);
      if (!this.viaParts[segment.file]) {
        writing.push(this.writeSegment(segment, part));
        continue;
      }
      aside.push({ offset: segment.pieceOffset, data: part });
      // Pad files are zeros, which need no room; one that is not (a hash can cover anything) is kept like a skipped
      // file.
      if (this.layout.paths[segment.file] !== null || part.some(byte => byte !== 0)) skipped = true;
    }
    if (skipped) writing.push(this.parts.write(piece, aside).catch(error => { throw toDiskError(error, 'the parts file'); }));
    await settleAll(writing);
  }

  async writeSegment(segment: Segment, part: Uint8Array): Promise<void> {
    const { file } = segment;
    const path = this.absolute(file);
    const first = !this.onDisk[file];
    this.onDisk[file] = 1;
    try {
      const mode = first ? 'create' : 'write';
      const time = await withFile(this.folder, this.layout.paths[file]!, mode, async handle => {
        await writeFully(handle, part, segment.fileOffset);
        return (await handle.stat()).mtimeMs;
      });
      this.#lastWriteMs.set(file, Math.max(this.#lastWriteMs.get(file) ?? 0, time));
      this.written[file] = 1;
      this.dirty.add(file);
    } catch (error) {
      if (first) this.onDisk[file] = 0;
      throw toDiskError(error, path);
    }
  }

  /**
   * The time to remember of a file: what is later than this run's last write to it is the time of somebody else's, and
   * is left out, so that the next look notices it. Windows may decide the time of ours as late as the file is closed.
   */
  ownTime(file: number, { mtimeMs }: Stats): number {
    return process.platform === 'win32' ? mtimeMs : Math.min(mtimeMs, this.#lastWriteMs.get(file) ?? mtimeMs);
  }

  /** What is on the disk counts from now on, whoever wrote it. */
  forgetWrites(files: Iterable<number>): void {
    for (const file of files) this.#lastWriteMs.delete(file);
  }

  /** Cuts a file that is longer than the torrent says. */
  async shorten(file: number): Promise<void> {
    await releaseFiles([this.absolute(file)]);
    await truncate(this.absolute(file), this.layout.metainfo.files[file]!.length);
    this.forgetWrites([file]);
  }

  // Nothing is made before the first write: a look at a torrent must leave no trace.
  async #prepare(): Promise<void> {
    if (!this.#folderMade) {
      if (!this.onDisk.includes(1)) {
        await mkdir(this.folder, { recursive: true }).catch((error: unknown) => { throw toDiskError(error, this.folder); });
      }
      this.#folderMade = true;
    }
    if (this.#emptyMade) return;
    this.#emptyMade = true;
    for (const [file, { length }] of this.layout.metainfo.files.entries()) {
      if (length > 0 || this.onDisk[file] || this.#priorities[file] === 0 || this.layout.paths[file] === null) continue;
      await this.writeSegment({ file, fileOffset: 0, pieceOffset: 0, length: 0 }, new Uint8Array(0));
    }
  }

  /** Forces what was written to the disk. */
  async sync(): Promise<void> {
    const files = [...this.dirty];
    this.dirty.clear();
    try {
      await this.parts.sync();
      for (const file of files) {
        // Windows flushes only handles that may write.
        await withFile(this.folder, this.layout.paths[file]!, 'write', handle => handle.datasync()).catch(ignoreMissing);
      }
    } catch (error) {
      for (const file of files) this.dirty.add(file);
      throw toDiskError(error, this.folder);
    }
  }

  async release(): Promise<void> {
    await releaseFiles(this.layout.paths.filter(path => path !== null).map(path => join(this.folder, path)));
  }
}

// Somebody deleted it: the next start sees that, and the other files must not wait for it.
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Waits for all, then throws the first failure: nothing may still be writing from a buffer that the caller reuses. */
async function settleAll(tasks: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(tasks);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
