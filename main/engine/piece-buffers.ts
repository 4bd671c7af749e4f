// The memory that pieces are put together in: bounded, and used again.

/** Where pieces are put together and checked in place of memory and SHA-1: a simulation of many clients has no bytes. Absent in the product. */
export interface PieceMemory { take(length: number): Uint8Array; digest(data: Uint8Array): Uint8Array }

/** Whole pieces in memory: being fetched, checked, written. */
const MAX_BUFFER_BYTES = 96 * 1024 * 1024;
const MIN_BUFFERS = 8;
const SPARE_BUFFER_BYTES = 24 * 1024 * 1024;

export class PieceBuffers {
  readonly #pieceLength: number;
  readonly #memory: PieceMemory | undefined;
  readonly #spare: Uint8Array[] = [];
  #bytes = 0;

  /** @param pieceLength of every piece but the last, in bytes */
  constructor(pieceLength: number, memory?: PieceMemory) {
    this.#pieceLength = pieceLength;
    this.#memory = memory;
  }

  /** One more piece may be begun. */
  get mayTake(): boolean {
    return this.#bytes < MAX_BUFFER_BYTES || this.#bytes < MIN_BUFFERS * this.#pieceLength;
  }

  /** Somebody may have been kept from beginning a piece. */
  get isHalfFull(): boolean {
    return this.#bytes > MAX_BUFFER_BYTES / 2;
  }

  take(length: number): Uint8Array {
    this.#bytes += this.#pieceLength;
    const buffer = this.#memory?.take(this.#pieceLength) ?? this.#spare.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(this.#pieceLength).buffer);
    return buffer.length === length ? buffer : buffer.subarray(0, length);
  }

  /** @param isInUse somebody else goes on reading it: it is not used again */
  giveBack(data: Uint8Array, isInUse = false): void {
    this.#bytes -= this.#pieceLength;
    if (!isInUse && !this.#memory && this.#spare.length * this.#pieceLength < SPARE_BUFFER_BYTES) this.#spare.push(new Uint8Array(data.buffer));
  }

  /** Lets go of memory when nothing is being fetched. */
  releaseSpare(): void {
    this.#spare.length = 0;
  }
}
