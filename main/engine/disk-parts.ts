// The parts file: bytes of files that the user skipped, which share a piece with wanted ones. It lies beside the resume data.
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasRightCrc, withCrc } from './disk-crc32.ts';
import { readFully, writeFully } from './disk-io.ts';

const HEADER_BYTES = 16;
const MAGIC = 0x50534c46;

/**
 * One slot per piece: a header with the number of the piece, then room for the whole piece (left sparse where unused).
 */
export class PartsFile {
  readonly #path: string;
  readonly #slotBytes: number;
  readonly #slots = new Map<number, number>();
  readonly #free: number[] = [];
  #slotCount = 0;

  constructor(path: string, pieceLength: number) {
    this.#path = path;
    this.#slotBytes = HEADER_BYTES + pieceLength;
  }

  /** Finds the pieces that are in the file; no file means none. */
  async load(pieceCount: number): Promise<void> {
    this.#slots.clear();
    this.#free.length = 0;
    this.#slotCount = 0;
    await this.#with(constants.O_RDONLY, async file => {
      this.#slotCount = Math.ceil((await file.stat()).size / this.#slotBytes);
      const header = Buffer.alloc(HEADER_BYTES);
      for (let slot = 0; slot < this.#slotCount; slot++) {
        await file.read(header, 0, HEADER_BYTES, slot * this.#slotBytes);
        const piece = header.readUInt32LE(4);
        const used = hasRightCrc(header) && header.readUInt32LE(0) === MAGIC && piece < pieceCount && !this.#slots.has(piece);
        if (used) this.#slots.set(piece, slot);
        else this.#free.push(slot);
      }
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  has(piece: number): boolean {
    return this.#slots.has(piece);
  }

  pieces(): number[] {
    return [...this.#slots.keys()];
  }

  async read(piece: number, offset: number, target: Uint8Array): Promise<void> {
    const slot = this.#slots.get(piece);
    if (slot === undefined) throw new RangeError(`Piece ${piece} is not in the parts file`);
    const position = slot * this.#slotBytes + HEADER_BYTES + offset;
    await this.#with(constants.O_RDONLY, file => readFully(file, target, position, this.#path));
  }

  /** Writes several ranges of one piece. */
  async write(piece: number, ranges: readonly { offset: number; data: Uint8Array }[]): Promise<void> {
    const known = this.#slots.get(piece);
    const slot = known ?? this.#free.pop() ?? this.#slotCount++;
    this.#slots.set(piece, slot);
    const start = slot * this.#slotBytes;
    await mkdir(dirname(this.#path), { recursive: true });
    await this.#with(constants.O_RDWR | constants.O_CREAT, async file => {
      for (const { offset, data } of ranges) await writeFully(file, data, start + HEADER_BYTES + offset);
      const header = Buffer.alloc(HEADER_BYTES - 4);
      header.writeUInt32LE(MAGIC, 0);
      header.writeUInt32LE(piece, 4);
      await writeFully(file, withCrc(header), start);
    });
  }

  /** Forgets pieces; a file without pieces goes away. */
  async drop(pieces: readonly number[]): Promise<void> {
    const slots = pieces.map(piece => this.#slots.get(piece)).filter(slot => slot !== undefined);
    if (slots.length === 0) return;
    for (const piece of pieces) this.#slots.delete(piece);
    if (this.#slots.size === 0) {
      this.#free.length = 0;
      this.#slotCount = 0;
      await rm(this.#path, { force: true });
      return;
    }
    this.#free.push(...slots);
    await this.#with(constants.O_RDWR, async file => {
      for (const slot of slots) await writeFully(file, Buffer.alloc(HEADER_BYTES), slot * this.#slotBytes);
    });
  }

  async sync(): Promise<void> {
    if (this.#slots.size > 0) await this.#with(constants.O_RDWR, file => file.datasync());
  }

  // Few pieces lie here, so the file is open only while it is used.
  async #with(flags: number, use: (file: FileHandle) => Promise<void>): Promise<void> {
    const file = await open(this.#path, flags, 0o600);
    try {
      await use(file);
    } finally {
      await file.close();
    }
  }
}
