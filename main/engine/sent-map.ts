// Counts how often each piece was sent or promised by one peer: ours, to tell the others, or another's, to pick by.

const MAX_COUNT = 65535;

export class SentMap {
  readonly counts: Uint16Array;
  #fresh: number[] = [];

  constructor(pieceCount: number) {
    this.counts = new Uint16Array(pieceCount);
  }

  /** A number outside the torrent is ignored: it may come from a peer. */
  add(piece: number): void {
    if (!(piece >= 0 && piece < this.counts.length)) return;
    if (this.counts[piece]! < MAX_COUNT) this.counts[piece]!++;
    this.#fresh.push(piece);
  }

  /** What was added since the last call, for those who know the rest already. */
  takeFresh(): number[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** The whole map, one entry for each time (at most eight), for a newcomer. */
  all(): number[] {
    const pieces: number[] = [];
    for (let piece = 0; piece < this.counts.length; piece++) {
      for (let times = Math.min(8, this.counts[piece]!); times > 0; times--) pieces.push(piece);
    }
    return pieces;
  }
}
