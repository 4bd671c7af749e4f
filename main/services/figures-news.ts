// Sends the figures of the one watched package once a second, each time with the points that are new.
import type { PackageFigures } from '../../contract/index.ts';
import type { PackageFiguresService } from './package-figures.ts';

export class FiguresNews {
  readonly #figures: Pick<PackageFiguresService, 'news'>;
  readonly #send: (figures: PackageFigures) => void;
  #watched: string | null = null;
  #before: { at: number; lastPoint: number | null } | null = null;
  #asking = false;

  constructor(figures: Pick<PackageFiguresService, 'news'>, send: (figures: PackageFigures) => void) {
    this.#figures = figures;
    this.#send = send;
  }

  /** From now on this package, or none; the first news of it is its whole history. */
  watch(id: string | null): void {
    this.#watched = id;
    this.#before = null;
  }

  /** Once a second. A package that was removed has no news. */
  async tell(): Promise<void> {
    const id = this.#watched;
    if (id === null || this.#asking) return;
    this.#asking = true;
    try {
      const news = await this.#figures.news(id, this.#before);
      if (news === null || this.#watched !== id) return;
      this.#before = { at: news.at, lastPoint: news.history.points.at(-1)?.at ?? this.#before?.lastPoint ?? null };
      this.#send(news);
    } catch {
      // Nothing is kept of it: whoever watches learned that when asking for it.
    } finally {
      this.#asking = false;
    }
  }
}
