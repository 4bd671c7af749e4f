// Keeps the pieces that came last in memory for a while: in a crowd they are passed on at once, and need not be read again from the disk.

const MAX_BYTES = 8 * 1024 * 1024;
/** A piece that takes more of the room than this would push out all others. */
const LARGEST_SHARE = 0.25;
const KEPT_MS = 10_000;

interface Kept { owner: object; piece: number; data: Uint8Array; untilMs: number }

/** One for all torrents together; `owner` is a torrent. */
export class RecentPieces {
  readonly #now: () => number;
  readonly #pieces = new Map<object, Map<number, Uint8Array>>();
  /** Oldest first. */
  #order: Kept[] = [];
  #bytes = 0;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * @param data all of a verified piece; must never change again when it was taken
   * @returns whether it was taken
   */
  keep(owner: object, piece: number, data: Uint8Array): boolean {
    const bytes = data.buffer.byteLength;
    if (bytes > MAX_BYTES * LARGEST_SHARE || this.#pieces.get(owner)?.has(piece)) return false;
    const pieces = this.#pieces.get(owner) ?? new Map<number, Uint8Array>();
    this.#pieces.set(owner, pieces);
    pieces.set(piece, data);
    this.#order.push({ owner, piece, data, untilMs: this.#now() + KEPT_MS });
    this.#bytes += bytes;
    while (this.#bytes > MAX_BYTES) this.#dropOldest();
    return true;
  }

  /** @returns the range of the piece, not to be changed; null when it is not here any more */
  read(owner: object, piece: number, offset: number, length: number): Uint8Array | null {
    const data = this.#pieces.get(owner)?.get(piece);
    return data && offset + length <= data.length ? data.subarray(offset, offset + length) : null;
  }

  /** Lets go of what is old; to be called about once a second. */
  tick(): void {
    const now = this.#now();
    while (this.#order[0] && this.#order[0].untilMs <= now) this.#dropOldest();
  }

  /** Forgets a torrent's pieces: it was stopped, or its files have changed. */
  forget(owner: object): void {
    if (!this.#pieces.delete(owner)) return;
    this.#order = this.#order.filter((kept) => kept.owner !== owner);
    this.#bytes = this.#order.reduce((sum, kept) => sum + kept.data.buffer.byteLength, 0);
  }

  #dropOldest(): void {
    const { owner, piece, data } = this.#order.shift()!;
    this.#bytes -= data.buffer.byteLength;
    const pieces = this.#pieces.get(owner);
    pieces?.delete(piece);
    if (pieces?.size === 0) this.#pieces.delete(owner);
  }
}
