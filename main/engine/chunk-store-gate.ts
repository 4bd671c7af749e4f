// Lets many writes run side by side, and lets a recheck, a move or a snapshot wait for them and run alone.

export class StoreGate {
  #active = 0;
  #idle: (() => void) | null = null;
  #exclusive: Promise<unknown> | null = null;

  /** Runs beside others of this kind, after whatever runs alone. */
  async shared<T>(task: () => Promise<T>): Promise<T> {
    while (this.#exclusive) await this.#exclusive;
    this.#active++;
    try {
      return await task();
    } finally {
      this.#active--;
      if (this.#active === 0) this.#idle?.();
    }
  }

  /** Runs alone, in the order of the calls. */
  alone<T>(task: () => Promise<T>): Promise<T> {
    const before = this.#exclusive;
    const mine = (async () => {
      await before;
      if (this.#active > 0) await new Promise<void>(resolve => { this.#idle = resolve; });
      this.#idle = null;
      return await task();
    })();
    const settled = mine.then(() => undefined, () => undefined).then(() => {
      if (this.#exclusive === settled) this.#exclusive = null;
    });
    this.#exclusive = settled;
    return mine;
  }
}
