// How far a web server is trusted: how much that is unchecked it may bring at a time, and when it is doubted or found out.

/** A server that sent so many wrong pieces is not asked any more. */
const MAX_BAD_PIECES = 2;
/** A server is proven by so many right pieces in a row, and with every so many more it may share one more with others. */
const PROVEN_PIECES = 16;
/** A server that may have been wrong too often waits so long for somebody else to show who it was. */
const DOUBT_MS = 30_000;

export class WebSeedTrust {
  /** It has given something right since it was last wrong. */
  hasGivenRight = false;
  /** Epoch of the caller's clock; it is asked for nothing before. */
  doubtedUntilMs = 0;
  #rightPieces = 0;
  #badPieces = 0;
  /** Pieces lost that others sent parts of as well: who was wrong is not known yet. */
  #doubtfulPieces = 0;

  get isProven(): boolean {
    return this.#rightPieces >= PROVEN_PIECES;
  }

  /** How many unchecked pieces it may bring together with others: when one is wrong, all that it sent of them is in doubt. */
  get mayShare(): number {
    return this.#badPieces + this.#doubtfulPieces > 0 ? 0 : 1 + Math.floor(this.#rightPieces / PROVEN_PIECES);
  }

  pieceRight(): void {
    this.hasGivenRight = true;
    this.#rightPieces++;
  }

  /**
   * @param lost pieces, with what is thrown away besides: it was for nothing
   * @param alone nobody else sent any of the piece
   * @returns whether it is found out, and to be asked no more
   */
  pieceWrong(lost: number, alone: boolean, nowMs: number): boolean {
    this.hasGivenRight = false;
    this.#rightPieces = 0;
    if (alone) this.#badPieces += lost;
    else this.#doubtfulPieces += lost;
    const isTooMuch = this.#badPieces + this.#doubtfulPieces >= MAX_BAD_PIECES;
    // With others' blocks in the pieces it is not known who was wrong until one has come right from somebody.
    if (isTooMuch) this.doubtedUntilMs = nowMs + DOUBT_MS;
    return isTooMuch && this.#badPieces > 0;
  }

  /** Its part of a wrong piece was right. */
  cleared(): void {
    this.#doubtfulPieces = 0;
    this.doubtedUntilMs = 0;
  }
}
