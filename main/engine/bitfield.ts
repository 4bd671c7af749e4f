// A set of piece numbers, stored bit by bit in the byte order of BEP 3, with its count kept up to date.

/** The number of set bits of every byte value. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return ones;
});

export class Bitfield {
  readonly length: number;
  /** BEP 3 order: the highest bit of the first byte is piece 0. Spare bits at the end are always 0. */
  readonly bytes: Uint8Array;
  #count = 0;

  /**
   * @param length number of pieces
   * @param bytes copied; shorter input is filled with zeros, longer input and spare bits are cut off
   */
  constructor(length: number, bytes?: Uint8Array) {
    if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`A bitfield cannot hold ${length} pieces`);
    this.length = length;
    this.bytes = new Uint8Array((length + 7) >> 3);
    if (!bytes) return;
    this.bytes.set(bytes.subarray(0, this.bytes.length));
    const spare = this.bytes.length * 8 - length;
    if (spare > 0) this.bytes[this.bytes.length - 1]! &= 0xff << spare;
    for (const byte of this.bytes) this.#count += ONES[byte]!;
  }

  get count(): number {
    return this.#count;
  }

  get(index: number): boolean {
    return (this.bytes[index >> 3]! & (0x80 >> (index & 7))) !== 0;
  }

  /** Numbers outside 0..length-1 are ignored: they may come from a peer. */
  set(index: number, on = true): void {
    if (!(index >= 0 && index < this.length) || this.get(index) === on) return;
    this.bytes[index >> 3]! ^= 0x80 >> (index & 7);
    this.#count += on ? 1 : -1;
  }

  setAll(): void {
    for (let i = 0; i < this.length; i++) this.set(i);
  }

  isFull(): boolean {
    return this.#count === this.length;
  }

  clone(): Bitfield {
    return new Bitfield(this.length, this.bytes);
  }
}
