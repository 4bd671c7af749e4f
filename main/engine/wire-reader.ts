// Cuts the bytes of one connection into peer wire messages; the bytes of blocks go straight to where the caller wants them.
import { MessageId, maxMessageLength } from './wire-messages.ts';

export interface WireReaderHandler {
  /** Any message but a piece, with its payload (after the id); the payload is only valid during the call. */
  onMessage(id: number, payload: Uint8Array): void;
  onKeepAlive(): void;
  /** A block begins: where its bytes shall go, or null to drop them. */
  onBlockStart(piece: number, offset: number, length: number): Uint8Array | null;
  /** Some bytes of the block under way arrived. */
  onBlockBytes(count: number): void;
  /** The block is complete; `wanted` tells whether onBlockStart had a place for it. */
  onBlockEnd(piece: number, offset: number, length: number, wanted: boolean): void;
  /** The peer broke the protocol; the connection must be closed. Nothing is reported afterwards. */
  onViolation(reason: string): void;
}

const HEADER = 0;
const PAYLOAD = 1;
const BLOCK = 2;
const DEAD = 3;
/** A header needs at most length, id, piece and offset. */
const HEADER_CAPACITY = 13;

export class WireReader {
  readonly #handler: WireReaderHandler;
  readonly #header = Buffer.alloc(HEADER_CAPACITY);
  #headerFilled = 0;
  #headerNeeded = 5;
  #state = HEADER;
  #id = 0;
  #payload: Buffer = Buffer.alloc(0);
  #payloadFilled = 0;
  #piece = 0;
  #offset = 0;
  #blockLength = 0;
  #blockFilled = 0;
  #target: Uint8Array | null = null;

  constructor(handler: WireReaderHandler) {
    this.#handler = handler;
  }

  /** The block whose bytes are arriving now, if any. */
  get blockUnderWay(): { piece: number; offset: number } | null {
    return this.#state === BLOCK && this.#target ? { piece: this.#piece, offset: this.#offset } : null;
  }

  /** The rest of the block under way is dropped: its place is no longer wanted. */
  dropBlock(): void {
    this.#target = null;
  }

  stop(): void {
    this.#state = DEAD;
    this.#target = null;
  }

  /** @param chunk may be reused by the caller afterwards */
  feed(chunk: Uint8Array): void {
    const end = chunk.length;
    let at = 0;
    while (at < end) {
      switch (this.#state) {
        case HEADER: at = this.#readHeader(chunk, at); break;
        case BLOCK: at = this.#readBlock(chunk, at); break;
        case PAYLOAD: at = this.#readPayload(chunk, at); break;
        default: return;
      }
    }
  }

  #readHeader(chunk: Uint8Array, from: number): number {
    let at = from;
    // A keep-alive is only four bytes long, so the fifth is awaited only when the length says so.
    while (at < chunk.length && this.#headerFilled < this.#headerNeeded) {
      this.#header[this.#headerFilled++] = chunk[at++]!;
      if (this.#headerFilled === 4 && this.#header.readUInt32BE(0) === 0) {
        this.#headerFilled = 0;
        this.#handler.onKeepAlive();
        return at;
      }
      if (this.#headerFilled === 5) {
        const id = this.#header[4]!;
        const length = this.#header.readUInt32BE(0);
        if (length > maxMessageLength(id) || (id === MessageId.piece && length < 9)) return this.#die('a message of absurd length');
        if (id === MessageId.piece) this.#headerNeeded = HEADER_CAPACITY;
      }
    }
    if (this.#headerFilled < this.#headerNeeded) return at;
    const length = this.#header.readUInt32BE(0);
    this.#id = this.#header[4]!;
    this.#headerFilled = 0;
    this.#headerNeeded = 5;
    if (this.#id === MessageId.piece) {
      this.#piece = this.#header.readUInt32BE(5);
      this.#offset = this.#header.readUInt32BE(9);
      this.#blockLength = length - 9;
      this.#blockFilled = 0;
      this.#state = BLOCK;
      const target = this.#handler.onBlockStart(this.#piece, this.#offset, this.#blockLength);
      if (this.#state === BLOCK) this.#target = target;
      if (this.#blockLength === 0 && this.#state === BLOCK) this.#endBlock();
      return at;
    }
    const payloadLength = length - 1;
    if (chunk.length - at >= payloadLength) {
      this.#handler.onMessage(this.#id, chunk.subarray(at, at + payloadLength));
      return at + payloadLength;
    }
    this.#payload = Buffer.allocUnsafe(payloadLength);
    this.#payloadFilled = 0;
    this.#state = PAYLOAD;
    return at;
  }

  #readPayload(chunk: Uint8Array, at: number): number {
    const take = Math.min(chunk.length - at, this.#payload.length - this.#payloadFilled);
    this.#payload.set(chunk.subarray(at, at + take), this.#payloadFilled);
    this.#payloadFilled += take;
    if (this.#payloadFilled === this.#payload.length) {
      this.#state = HEADER;
      this.#handler.onMessage(this.#id, this.#payload);
    }
    return at + take;
  }

  #readBlock(chunk: Uint8Array, at: number): number {
    const take = Math.min(chunk.length - at, this.#blockLength - this.#blockFilled);
    if (this.#target) this.#target.set(at === 0 && take === chunk.length ? chunk : chunk.subarray(at, at + take), this.#blockFilled);
    this.#blockFilled += take;
    this.#handler.onBlockBytes(take);
    if (this.#blockFilled === this.#blockLength && this.#state === BLOCK) this.#endBlock();
    return at + take;
  }

  #endBlock(): void {
    const wanted = this.#target !== null;
    this.#target = null;
    this.#state = HEADER;
    this.#handler.onBlockEnd(this.#piece, this.#offset, this.#blockLength, wanted);
  }

  #die(reason: string): number {
    this.stop();
    this.#handler.onViolation(reason);
    return Number.MAX_SAFE_INTEGER;
  }
}
