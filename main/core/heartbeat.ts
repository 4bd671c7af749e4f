// What is done twice a second: packages are steered, limits applied, and whoever watches a package is told of it.
import type { EventName, Payload } from '../../contract/index.ts';
import { freeBytes } from '../engine/disk-space.ts';
import { FiguresNews } from '../services/figures-news.ts';
import type { Library } from '../services/library.ts';
import type { PackageFiguresService } from '../services/package-figures.ts';
import { packageDetail } from '../services/package-view.ts';
import type { LineLimits } from './line-limits.ts';

export interface HeartbeatOptions {
  library: Library;
  limits: LineLimits;
  figures: PackageFiguresService;
  downloadFolder(): string;
  emit<N extends EventName>(name: N, payload: Payload<N>): void;
}

const tickMs = 500;
const detailEveryTicks = 2;
const freeSpaceEveryTicks = 20;

export class Heartbeat {
  readonly #o: HeartbeatOptions;
  readonly #news: FiguresNews;
  #watched: string | null = null;
  #freeBytes: number | null = null;
  #ticks = 0;
  #lastTickAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HeartbeatOptions) {
    this.#o = options;
    this.#news = new FiguresNews(options.figures, (newest) => options.emit('figures.changed', newest));
  }

  /** On the disk of the download folder, as measured last; null: unknown. */
  get freeBytes(): number | null {
    return this.#freeBytes;
  }

  async measureDisk(): Promise<void> {
    this.#freeBytes = await freeBytes(this.#o.downloadFolder());
  }

  /** Its details are sent once a second from now on; null: nobody looks. @throws {ContractError} `not-found` */
  watch(id: string | null): void {
    if (id !== null) this.#o.emit('detail.changed', packageDetail(this.#o.library.get(id)));
    this.#watched = id;
    this.#news.watch(id);
  }

  start(): void {
    this.#lastTickAt = Date.now();
    this.#timer = setInterval(() => this.#tick(Date.now()), tickMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(now: number): void {
    const { library, limits, figures, emit } = this.#o;
    library.tick(now - this.#lastTickAt);
    this.#lastTickAt = now;
    limits.apply();
    if (this.#ticks % detailEveryTicks === 0) {
      const entry = this.#watched === null ? undefined : library.find(this.#watched);
      if (entry) emit('detail.changed', packageDetail(entry));
      figures.tick(now);
      void this.#news.tell();
    }
    this.#ticks += 1;
    if (this.#ticks % freeSpaceEveryTicks === 0) void this.measureDisk();
  }
}
