// Sees to it that every file that was downloaded gets the platform's mark once, when it is finished and verified.
import { join } from 'node:path';
import type { LayerEntry } from './layer-entry.ts';
import type { Library } from './library.ts';
import type { PackageEntry } from './package-entry.ts';
import { markDownload } from './platform-mark.ts';
import { openedPaths } from './sealed-outputs.ts';

export interface FileMarksOptions {
  library: Pick<Library, 'on' | 'find' | 'touchSoon'>;
  log(line: string): void;
  /** @throws Error when the file or its disk does not take the mark */
  mark?: (path: string) => Promise<void>;
}

/** Many files are finished in a moment: they are looked through together. */
const TOGETHER_MS = 1_000;

export class FileMarks {
  readonly #o: FileMarksOptions;
  readonly #mark: (path: string) => Promise<void>;
  readonly #waiting = new Map<LayerEntry, PackageEntry>();
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #hasFailed = false;
  #isClosed = false;

  constructor(options: FileMarksOptions) {
    this.#o = options;
    this.#mark = options.mark ?? ((path) => markDownload(path));
    options.library.on('layerAdvanced', (entry, layer) => this.#consider(entry, layer));
  }

  /** Before a file is handed out: marked, whatever else of its layer is still missing. */
  async before(entry: PackageEntry, index: number): Promise<void> {
    const place = entry.locate(index);
    if (place && this.#isDownloaded(entry)) await this.#enqueue(() => this.#markFiles(entry, place.layer, place.index));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  #consider(entry: PackageEntry, layer: LayerEntry): void {
    if (this.#isClosed || !this.#isDownloaded(entry)) return;
    this.#waiting.set(layer, entry);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      const turn = [...this.#waiting];
      this.#waiting.clear();
      for (const [one, of] of turn) void this.#enqueue(() => this.#markFiles(of, one));
    }, TOGETHER_MS);
  }

  /** What a person brought along and only shares is theirs: nothing of such a package came from anybody. */
  #isDownloaded(entry: PackageEntry): boolean {
    return entry.allLayers.some(({ record, torrent }) => record.counters.receivedBytes > 0 || torrent.stats().receivedBytes > 0);
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#running = this.#running.then(work).catch((error: unknown) => this.#complain(error));
    return this.#running;
  }

  /** @param only the one file of the layer; all that are finished unless told */
  async #markFiles(entry: PackageEntry, layer: LayerEntry, only?: number): Promise<void> {
    const { record, metainfo } = layer;
    if (!metainfo) return;
    const count = metainfo.files.length;
    // One digit more than files, for what came out of a sealed layer.
    const marked = [...record.marked.padEnd(count + 1, '0')];
    const before = marked.join('');
    for (const file of layer.files(0)) {
      if (this.#isClosed) break;
      if (only !== undefined && file.index !== only) continue;
      const isFinished = file.bytesDone >= file.length && (file.check === 'none' || file.check === 'right');
      if (!isFinished) marked[file.index] = '0'; // it is fetched anew, perhaps as a new file
      else if (marked[file.index] !== '1') marked[file.index] = await this.#markOne(join(record.stagingFolder ?? entry.record.folder, file.path));
    }
    if (!record.opened) marked[count] = '0';
    else if (marked[count] !== '1' && only === undefined) {
      for (const { path } of openedPaths(layer)) await this.#markOne(join(entry.record.folder, path));
      marked[count] = '1';
    }
    const after = marked.join('');
    if (after === before || (this.#o.library.find(entry.record.id) !== entry)) return;
    record.marked = after;
    this.#o.library.touchSoon(entry.record.id);
  }

  /** @returns '1' when it was dealt with; '0' when it is not there at this moment, so that a later turn looks again */
  async #markOne(path: string): Promise<'0' | '1'> {
    try {
      await this.#mark(path);
      return '1';
    } catch (error) {
      if (isGone(error, path)) return '0';
      this.#complain(error);
      return '1'; // a disk that cannot keep a mark will not learn it
    }
  }

  #complain(error: unknown): void {
    if (!this.#hasFailed) this.#o.log(`A finished file could not be given the system's mark for downloads: ${String(error)}. Others are not reported.`);
    this.#hasFailed = true;
  }
}

/** A disk without alternate data streams says that of the stream's own name, while the file itself may well be there. */
function isGone(error: unknown, path: string): boolean {
  const { code, path: missing } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' && missing === path;
}
