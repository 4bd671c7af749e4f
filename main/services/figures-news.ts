// Sends the figures of the one watched package once a second, each time with the points that are new.
import type { PackageFigures } from '../../contract/index.ts';
import type { PackageFiguresService } from './package-figures.ts';

export class FiguresNews {
  readonly #figures: Pick<PackageFiguresService, 'figures' | 'sampledAt'>;
  readonly #send: (figures: PackageFigures) => void;
  #watched: string | null = null;
  /** When the package was looked at for the last news, and their newest point. */
  #before: { sampledAt: number; lastPoint: number | undefined } | null = null;
  #asking = false;

  constructor(figures: Pick<PackageFiguresService, 'figures' | 'sampledAt'>, send: (figures: PackageFigures) => void) {
    this.#figures = figures;
    this.#send = send;
  }

  /** From now on this package, or none; the first news of it is its whole history. */
  watch(id: string | null): void {
    this.#watched = id;
    this.#before = null;
  }

  /** Once a second; nothing is sent while nothing moves. */
  async tell(): Promise<void> {
    const id = this.#watched;
    if (id === null || this.#asking) return;
    const sampledAt = this.#figures.sampledAt(id);
    if (sampledAt === this.#before?.sampledAt) return;
    this.#asking = true;
    try {
      const news = await this.#figures.figures(id, this.#before?.lastPoint);
      if (this.#watched !== id) return;
      this.#before = { sampledAt, lastPoint: news.history.points.at(-1)?.at ?? this.#before?.lastPoint };
      this.#send(news);
    } catch {
      // Nothing is kept of it: whoever watches learned that when asking for it.
    } finally {
      this.#asking = false;
    }
  }
}
