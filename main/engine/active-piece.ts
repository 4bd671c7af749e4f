// A piece that is being fetched: which blocks are asked for, which are here, who owns it and who sent what.
import { BLOCK_LENGTH } from './wire-messages.ts';

export class ActivePiece<Owner> {
  readonly index: number;
  readonly length: number;
  readonly blockCount: number;
  readonly data: Uint8Array;
  /** Only its owner is asked for its blocks, until it stalls, chokes us or leaves. */
  owner: Owner | null;
  /** How many peers were asked for each block and have not answered. */
  readonly askedOf: Uint8Array;
  /** 1: here; 2: arriving. */
  readonly #state: Uint8Array;
  readonly senders: (Owner | null)[];
  missingBlocks: number;
  #arriving = 0;
  #cursor = 0;

  constructor(index: number, length: number, data: Uint8Array, owner: Owner | null) {
    this.index = index;
    this.length = length;
    this.data = data;
    this.owner = owner;
    this.blockCount = Math.ceil(length / BLOCK_LENGTH);
    this.askedOf = new Uint8Array(this.blockCount);
    this.#state = new Uint8Array(this.blockCount);
    this.senders = new Array<Owner | null>(this.blockCount).fill(null);
    this.missingBlocks = this.blockCount;
  }

  blockLength(block: number): number {
    return block === this.blockCount - 1 ? this.length - block * BLOCK_LENGTH : BLOCK_LENGTH;
  }

  isHere(block: number): boolean {
    return this.#state[block] === 1;
  }

  /** Neither here nor arriving. */
  isOpen(block: number): boolean {
    return this.#state[block] === 0;
  }

  /** Neither here nor arriving, and nobody was asked for it. */
  isUnasked(block: number): boolean {
    return this.isOpen(block) && this.askedOf[block] === 0;
  }

  /** One more peer may be asked for it. @param most so many may be at once */
  isHelpable(block: number, most = 2): boolean {
    return !this.isHere(block) && this.askedOf[block]! < most;
  }

  /** The next block nobody was asked for, or -1. */
  nextUnasked(): number {
    while (this.#cursor < this.blockCount && !this.isUnasked(this.#cursor)) this.#cursor++;
    return this.#cursor < this.blockCount ? this.#cursor : -1;
  }

  asked(block: number): void {
    this.askedOf[block]!++;
  }

  /** A peer that was asked will not answer. */
  unasked(block: number): void {
    if (this.askedOf[block]! > 0) this.askedOf[block]!--;
    if (this.askedOf[block] === 0 && this.#state[block] !== 1 && block < this.#cursor) this.#cursor = block;
  }

  /** The place for a block that begins to arrive; null when it is here or arriving from another peer. */
  beginBlock(block: number, length: number): Uint8Array | null {
    if (this.#state[block] !== 0 || length !== this.blockLength(block)) return null;
    this.#state[block] = 2;
    this.#arriving++;
    return this.data.subarray(block * BLOCK_LENGTH, block * BLOCK_LENGTH + length);
  }

  /** The connection broke in the middle of a block. */
  abandonBlock(block: number): void {
    if (this.#state[block] !== 2) return;
    this.#state[block] = 0;
    this.#arriving--;
    if (block < this.#cursor) this.#cursor = block;
  }

  endBlock(block: number, sender: Owner): void {
    this.#state[block] = 1;
    this.#arriving--;
    this.senders[block] = sender;
    this.missingBlocks--;
  }

  /** A block that is here is worth nothing after all. */
  dropBlock(block: number): void {
    if (this.#state[block] !== 1) return;
    this.#state[block] = 0;
    this.senders[block] = null;
    this.missingBlocks++;
    if (block < this.#cursor) this.#cursor = block;
  }

  /** A block is here or arriving. */
  get hasAnyBlock(): boolean {
    return this.missingBlocks < this.blockCount || this.#arriving > 0;
  }
}
