// Decides which addresses are banned for bad pieces: at once when one sender gave the whole piece, else by repeated suspicion.

/** A sender among others of a bad piece is banned after so many of them, unless it was right as often, or another one was there as often. */
const SUSPICIONS = 3;
const MAX_REMEMBERED = 4096;

export class BanPolicy {
  readonly #banned = new Set<string>();
  readonly #suspicions = new Map<string, number>();

  /**
   * A piece failed its check.
   * @param senders the address behind each block
   * @returns the addresses that are banned from now on
   */
  pieceFailed(senders: Iterable<string>): string[] {
    const distinct = [...new Set(senders)];
    if (distinct.length === 1) return this.ban(distinct[0]!) ? distinct : [];
    const counts = distinct.map((sender) => (this.#suspicions.get(sender) ?? 0) + 1);
    distinct.forEach((sender, at) => this.#suspicions.set(sender, counts[at]!));
    while (this.#suspicions.size > MAX_REMEMBERED) this.#suspicions.delete(this.#suspicions.keys().next().value!);
    const most = Math.max(...counts);
    // Of two who always met one is honest, perhaps the only one who has everything: the comparison of their blocks tells which.
    if (most < SUSPICIONS || counts.indexOf(most) !== counts.lastIndexOf(most)) return [];
    const worst = distinct[counts.indexOf(most)]!;
    return this.ban(worst) ? [worst] : [];
  }

  /**
   * A piece that had failed before came right from one sender: whoever's block differs is guilty.
   * @returns the addresses that are banned from now on
   */
  blocksCompared(liars: Iterable<string>): string[] {
    return [...new Set(liars)].filter((liar) => this.ban(liar));
  }

  /** A piece was right: each of its senders is trusted a little more again. */
  piecePassed(senders: Iterable<string>): void {
    if (this.#suspicions.size === 0) return;
    for (const sender of new Set(senders)) {
      const count = this.#suspicions.get(sender);
      if (count === undefined) continue;
      if (count <= 1) this.#suspicions.delete(sender);
      else this.#suspicions.set(sender, count - 0.25);
    }
  }

  /** @returns false when it was banned before */
  ban(address: string): boolean {
    if (this.#banned.has(address)) return false;
    this.#banned.add(address);
    this.#suspicions.delete(address);
    if (this.#banned.size > MAX_REMEMBERED) this.#banned.delete(this.#banned.values().next().value!);
    return true;
  }

  isBanned(address: string): boolean {
    return this.#banned.has(address);
  }
}
