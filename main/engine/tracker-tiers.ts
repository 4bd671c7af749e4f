// The trackers of one torrent in their tiers (BEP 12), each once, however many sources name it.

export class TrackerTiers {
  #tiers: string[][];

  constructor(tiers: readonly (readonly string[])[]) {
    this.#tiers = tiers.map((tier) => [...tier]);
  }

  /** The first tier is asked first. */
  get all(): string[][] {
    return this.#tiers;
  }

  /** Those that are not here yet come behind, in tiers of their own. */
  add(tiers: readonly (readonly string[])[]): void {
    const known = new Set(this.#tiers.flat());
    for (const tier of tiers) {
      const fresh = tier.filter((url) => !known.has(url));
      for (const url of fresh) known.add(url);
      if (fresh.length > 0) this.#tiers.push(fresh);
    }
  }

  remove(url: string): void {
    this.#tiers = this.#tiers.map((tier) => tier.filter((other) => other !== url)).filter((tier) => tier.length > 0);
  }
}
