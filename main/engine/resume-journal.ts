// The journal of pieces written since the last snapshot: short records with a checksum, appended to one file.
//
// A piece leaves two records: `begun` before its bytes are written and `done` after. `begun` reaches the operating system
// before the bytes do, so the piece survives the death of the process at any moment; `done` may follow a little later with
// others, and saves no more than a look at the bytes. What survives a loss of power is another matter: the system may have written the journal and not yet the data. Therefore `synced` marks, written after
// both were forced to the disk, say how many records before them may be believed by a system that was started anew
// since.
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasRightCrc, withCrc } from './disk-crc32.ts';
import { writeFully } from './disk-io.ts';
import type { PieceOrigin } from './resume-snapshot.ts';

const RECORD_BYTES = 16;
const HEADER_BYTES = 192;
const MAGIC = 'flashswarm journal 1';
const MAX_JOURNAL_BYTES = 256 * 1024 * 1024;
const BEGUN = 1;
const DONE = 2;
const SYNCED = 3;
const DONE_WITHIN_MS = 100;

/** What ties a journal to one snapshot of one torrent in one run of the system. */
export interface JournalIdentity { infoHash: string; generation: string; boot: string }

export interface JournalContent {
  /** Pieces whose data was written before their record, with where they came from. */
  done: Map<number, PieceOrigin>;
  /** Pieces that may be on the disk, whole or in part, and have to be hashed. */
  uncertain: Map<number, PieceOrigin>;
  /** A record in the middle was damaged: nothing is known about what was written after it. */
  damaged: boolean;
  /** Milliseconds since 1970 when the last record was written. */
  lastWriteMs: number;
}

export class ResumeJournal {
  readonly #path: string;
  readonly #identity: JournalIdentity;
  #file: FileHandle | null = null;
  #position = 0;
  #records = 0;
  #underWay = 0;
  #waiting: Buffer[] = [];
  #next: Promise<void> | null = null;
  #last: Promise<void> = Promise.resolve();
  #laterTimer: NodeJS.Timeout | null = null;

  constructor(path: string, identity: JournalIdentity) {
    this.#path = path;
    this.#identity = identity;
  }

  /** In the file, or next to go there: what is given to `synced` once their data is on the disk. */
  get records(): number {
    return this.#records + this.#underWay + this.#waiting.length;
  }

  begun(piece: number, origin: PieceOrigin): Promise<void> {
    return this.#append(record(BEGUN, piece, origin));
  }

  /** Written with the next record, or a moment later: a write of its own for each piece costs more than its bytes do. */
  done(piece: number, origin: PieceOrigin): void {
    this.#waiting.push(record(DONE, piece, origin));
    // When it cannot be written, the next record cannot either, and whoever waits for that is told.
    this.#laterTimer ??= setTimeout(() => void this.#writeSoon().catch(() => undefined), DONE_WITHIN_MS).unref();
  }

  /** Forces the records to the disk and notes that the first `records` of them have their data there too. */
  async synced(records: number): Promise<void> {
    if (!this.#file) return;
    await this.#file.datasync();
    await this.#append(record(SYNCED, records, 0));
  }

  /** Closes the file and removes it: its snapshot has been replaced. */
  async discard(): Promise<void> {
    this.#waiting = [];
    await this.close();
    await rm(this.#path, { force: true });
  }

  async close(): Promise<void> {
    if (this.#laterTimer || this.#waiting.length > 0) await this.#writeSoon().catch(() => undefined);
    await this.#last.catch(() => undefined);
    await this.#file?.close();
    this.#file = null;
  }

  #append(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes);
    return this.#writeSoon();
  }

  // Records that wait while others are being written go out together in one write.
  #writeSoon(): Promise<void> {
    if (this.#laterTimer) clearTimeout(this.#laterTimer);
    this.#laterTimer = null;
    if (!this.#next) {
      this.#next = this.#last.catch(() => undefined).then(() => this.#writeWaiting());
      this.#last = this.#next;
    }
    return this.#next;
  }

  async #writeWaiting(): Promise<void> {
    this.#next = null;
    if (this.#waiting.length === 0) return;
    const batch = Buffer.concat(this.#waiting);
    this.#underWay = this.#waiting.length;
    this.#waiting = [];
    try {
      this.#file ??= await this.#create();
      await writeFully(this.#file, batch, this.#position);
      this.#position += batch.length;
      this.#records += batch.length / RECORD_BYTES;
    } finally {
      this.#underWay = 0;
    }
  }

  async #create(): Promise<FileHandle> {
    await mkdir(dirname(this.#path), { recursive: true });
    const file = await open(this.#path, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600);
    const header = encodeHeader(this.#identity);
    await writeFully(file, header, 0);
    this.#position = header.length;
    return file;
  }
}

/**
 * Reads the journal that belongs to a snapshot; null when there is none for it.
 * @param identity that of the snapshot, with the present boot
 */
export async function readJournal(path: string, identity: JournalIdentity): Promise<JournalContent | null> {
  let bytes: Buffer;
  let lastWriteMs: number;
  try {
    const { size, mtimeMs } = await stat(path);
    if (size > MAX_JOURNAL_BYTES) return null;
    lastWriteMs = mtimeMs;
    bytes = await readFile(path);
  } catch {
    return null;
  }
  const header = bytes.subarray(0, HEADER_BYTES);
  const sameBoot = header.equals(encodeHeader(identity));
  if (!sameBoot) {
    if (!hasRightCrc(header)) return null;
    const written = header.subarray(0, -4).toString('latin1').split('\n');
    if (!header.equals(encodeHeader({ ...identity, boot: written[3] ?? '' }))) return null;
  }
  return { ...readRecords(bytes.subarray(HEADER_BYTES), sameBoot), lastWriteMs };
}

function readRecords(bytes: Buffer, sameBoot: boolean): Omit<JournalContent, 'lastWriteMs'> {
  const done = new Map<number, PieceOrigin>();
  const uncertain = new Map<number, PieceOrigin>();
  const records: { kind: number; origin: number; piece: number }[] = [];
  let believed = 0;
  let damaged = false;
  for (let at = 0; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
    const one = bytes.subarray(at, at + RECORD_BYTES);
    if (!hasRightCrc(one)) {
      // After a loss of power a torn end is normal. While the system ran on, nothing but a stranger tears a record.
      damaged = sameBoot;
      break;
    }
    const [kind, origin, piece] = [one[0]!, one[1]!, one.readUInt32LE(4)];
    records.push({ kind, origin, piece });
    if (kind === SYNCED) believed = Math.min(piece, records.length);
  }
  if (sameBoot) believed = records.length;
  for (const [index, { kind, origin, piece }] of records.entries()) {
    if (kind === BEGUN) uncertain.set(piece, asOrigin(origin));
    if (kind !== DONE) continue;
    if (index < believed) {
      uncertain.delete(piece);
      done.set(piece, asOrigin(origin));
    } else {
      uncertain.set(piece, asOrigin(origin));
      done.delete(piece);
    }
  }
  return { done, uncertain, damaged };
}

function asOrigin(value: number): PieceOrigin {
  return value === 1 || value === 3 ? value : 2;
}

function encodeHeader({ infoHash, generation, boot }: JournalIdentity): Buffer {
  const text = [MAGIC, infoHash, generation, boot, ''].join('\n');
  return withCrc(Buffer.from(text.padEnd(HEADER_BYTES - 4).slice(0, HEADER_BYTES - 4), 'latin1'));
}

function record(kind: number, piece: number, origin: number): Buffer {
  const bytes = Buffer.alloc(RECORD_BYTES - 4);
  bytes[0] = kind;
  bytes[1] = origin;
  bytes.writeUInt32LE(piece, 4);
  return withCrc(bytes);
}
