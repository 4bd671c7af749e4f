// The files of one torrent from the first opening to the end: opened once, also while the torrent rests, checked anew when asked, closed.
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { TorrentSpec } from './engine-types.ts';
import type { PieceStore } from './piece-store.ts';

export interface SessionStoreHost {
  readonly openStore: TorrentSpec['openStore'];
  /** Files are being hashed before the start; 0..1, null when that is over. */
  onChecking(done: number | null): void;
  /** What it throws counts as a failure to open. */
  onOpened(store: PieceStore): void;
  onFailed(error: unknown): void;
}

export class SessionStore {
  readonly #host: SessionStoreHost;
  readonly #ending = new AbortController();
  #store: PieceStore | null = null;
  #opening: Promise<void> | null = null;

  constructor(host: SessionStoreHost) {
    this.#host = host;
  }

  /** null until the files are open; stays after `close`. */
  get current(): PieceStore | null {
    return this.#store;
  }

  /** Every piece is here, wanted or not. */
  get isComplete(): boolean {
    return this.#store !== null && this.#store.have.isFull();
  }

  /** While the files are being opened: resolves when that is over; soon after `end`. */
  get opening(): Promise<void> | null {
    return this.#opening;
  }

  /** Never rejects: the host is told. Called again meanwhile, it waits for the same. */
  open(metainfo: Metainfo): Promise<void> {
    this.#opening ??= this.#open(metainfo).finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #open(metainfo: Metainfo): Promise<void> {
    const { signal } = this.#ending;
    try {
      const store = await this.#host.openStore(metainfo);
      if (!signal.aborted) {
        await store.open((done) => this.#host.onChecking(done), signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
      }
      this.#host.onChecking(null);
      if (signal.aborted) return void (await store.close());
      this.#store = store;
      this.#host.onOpened(store);
    } catch (error) {
      if (signal.aborted) return;
      this.#host.onChecking(null);
      this.#host.onFailed(error);
    }
  }

  /** Hashes everything that is there; also for files that were gone when they were looked for: what is there now counts. */
  async recheck(metainfo: Metainfo, onProgress?: (done: number) => void): Promise<void> {
    this.#store ??= await this.#host.openStore(metainfo);
    await this.#store.recheck(onProgress);
  }

  /** Breaks off an opening; nothing is opened from now on. */
  end(): void {
    this.#ending.abort();
  }

  /** After `end`, when nobody reads or writes any more. */
  async close(): Promise<void> {
    const store = this.#store;
    if (!store) return;
    await store.flush();
    await store.close();
  }
}
