// The peer wire protocol with one peer: its state, what is asked of it, what it asks of us. It decides nothing itself.
import { Bitfield } from './bitfield.ts';
import type { CarrierConnection } from './carrier.ts';
import { decodeCrowdMessage, encodeAck, encodeClaims, encodeSent } from './crowd-messages.ts';
import { SentMap } from './sent-map.ts';
import { SpeedMeter } from './speed-meter.ts';
import { Flight } from './uplink-pacer.ts';
import {
  BLOCK_LENGTH, KEEP_ALIVE, MAX_REQUEST_LENGTH, MessageId, encodeBitfield, encodeHaves, encodeNumbers, encodePieceHeader,
} from './wire-messages.ts';
import { WireReader } from './wire-reader.ts';
import type { WireReaderHandler } from './wire-reader.ts';

export interface BlockRequest { piece: number; offset: number; length: number }

/** What a link reports to its session. */
export interface LinkHandler {
  onClosed(link: PeerLink, reason: string): void;
  onDrained(link: PeerLink): void;
  onExtendedHandshake(link: PeerLink): void;
  /** The peer choked or unchoked us. */
  onChoke(link: PeerLink): void;
  onInterest(link: PeerLink): void;
  /** The peer's whole set came (bitfield, have-all, have-none); `before` is what it had. */
  onPieces(link: PeerLink, before: Bitfield | null): void;
  onHave(link: PeerLink, piece: number, has: boolean): void;
  onRequests(link: PeerLink): void;
  onReject(link: PeerLink, key: number): void;
  onBlockStart(link: PeerLink, key: number, length: number): Uint8Array | null;
  onBlockBytes(link: PeerLink, count: number): void;
  onBlockEnd(link: PeerLink, key: number, length: number, wanted: boolean): void;
  /** The peer has begun to fetch pieces from the origin, or gave them up there; the numbers are as they came. */
  onClaims(link: PeerLink, pieces: Iterable<number>, begun: boolean): void;
  /** Bytes we sent arrived there. */
  onAcknowledged(link: PeerLink, bytes: number): void;
  /** A chunk of bytes was read to its end. */
  onRead(link: PeerLink): void;
}

/** Requests that may wait here for one peer; more are refused. */
const MAX_WAITING_REQUESTS = 2048;
/** Blocks of one piece a request key has room for: pieces up to 1 GiB. */
const BLOCKS_PER_PIECE = 65536;
const MAX_ALLOWED_FAST = 32;

export function requestKey(piece: number, offset: number): number {
  return piece * BLOCKS_PER_PIECE + offset / BLOCK_LENGTH;
}

export function pieceOfKey(key: number): number {
  return Math.floor(key / BLOCKS_PER_PIECE);
}

export function blockOfKey(key: number): number {
  return key % BLOCKS_PER_PIECE;
}

let nextId = 1;

export class PeerLink implements WireReaderHandler {
  readonly id = nextId++;
  readonly connection: CarrierConnection;
  readonly #handler: LinkHandler;
  readonly #reader = new WireReader(this);
  readonly #now: () => number;
  readonly openedAtMs: number;

  /** null until the piece count is known and the peer told. */
  pieces: Bitfield | null = null;
  /** What it said about its pieces before we knew how many there are. */
  #earlyPieces: { bytes: Uint8Array | 'all' | 'none'; haves: number[] } = { bytes: 'none', haves: [] };
  #pieceCount = 0;
  peerChoking = true;
  peerInterested = false;
  amChoking = true;
  amInterested = false;
  unchokedAtMs = 0;
  readonly allowedFast = new Set<number>();

  /** Asked and unanswered: key to the time of asking. Oldest first. */
  readonly asked = new Map<number, number>();
  /** Missing pieces that are wanted and that this peer has. */
  interesting = 0;
  /** It was told what we have, not just that there is nothing yet. */
  toldPieces = false;
  lastBlockAtMs = 0;
  /** When the last bytes of any block came. */
  lastBytesAtMs = 0;
  /** Pieces it refused while it served us, and until when they are not asked of it again. */
  readonly refusedUntilMs = new Map<number, number>();
  /** Refusals since its last block, or since the last second began. */
  refusals = 0;
  minRoundTripMs: number | null = null;
  snubbed = false;
  /** Pieces this peer gave at least one block of that were good or bad. */
  readonly down: SpeedMeter;
  readonly up: SpeedMeter;
  receivedBlockBytes = 0;

  /** What it asked for, oldest first. */
  waiting: BlockRequest[] = [];
  readonly flight = new Flight();
  /** Pieces a crowd-speaking seed has sent or promised. */
  sentMap: SentMap | null = null;
  knowsOurSentMap = false;
  #acknowledgedByPeer = 0;
  #acknowledgedToPeer = 0;
  /** Pieces of ours it has not been told of. */
  #untold: number[] = [];
  lastPromisedPiece = -1;
  closed = false;

  constructor(connection: CarrierConnection, handler: LinkHandler, now: () => number) {
    this.connection = connection;
    this.#handler = handler;
    this.#now = now;
    this.openedAtMs = now();
    this.down = new SpeedMeter(now);
    this.up = new SpeedMeter(now);
    this.flight.isSilent = () => !connection.speaksCrowd && connection.bufferedBytes === 0;
  }

  /** Starts reading; call when everything that listens is ready. */
  open(): void {
    this.connection.open({
      onBytes: (chunk) => {
        this.#reader.feed(chunk);
        if (!this.closed) this.#handler.onRead(this);
      },
      onClosed: (reason) => {
        if (this.closed) return;
        this.closed = true;
        // Whoever hears of it still has to learn which block broke off.
        this.#handler.onClosed(this, reason);
        this.#reader.stop();
      },
      onDrained: () => this.#handler.onDrained(this),
      onExtendedHandshake: () => this.#handler.onExtendedHandshake(this),
      onCrowdMessage: (payload) => this.#onCrowd(payload),
      onDontHave: (piece) => this.#setPiece(piece, false),
    });
  }

  get isSeed(): boolean {
    return this.pieces !== null && this.pieces.isFull();
  }

  close(reason: string): void {
    this.connection.close(reason);
  }

  // ---- what we say

  /** @param have null: nothing yet */
  sendPieces(have: Bitfield | null): void {
    const { connection } = this;
    this.toldPieces = have !== null;
    if (connection.fast && (!have || have.count === 0)) connection.write([encodeNumbers(MessageId.haveNone)]);
    else if (connection.fast && have!.isFull()) connection.write([encodeNumbers(MessageId.haveAll)]);
    else if (have && have.count > 0) connection.write([encodeBitfield(Uint8Array.from(have.bytes))]);
  }

  /**
   * Tells it of a piece at once when it needs to know: it lacks the piece and waits for nothing of ours. Else with whatever
   * is sent next, or when the session says so: most messages of a crowd would be haves that change nothing.
   */
  sendHave(piece: number): void {
    this.#untold.push(piece);
    if (this.waiting.length === 0 && !this.pieces?.get(piece)) this.tellHaves();
  }

  /** Tells it what it was not told yet. */
  tellHaves(): void {
    if (this.#untold.length > 0) this.#send([]);
  }

  setInterested(interested: boolean): void {
    if (this.amInterested === interested) return;
    this.amInterested = interested;
    this.#send([encodeNumbers(interested ? MessageId.interested : MessageId.notInterested)]);
  }

  /** Choking refuses all that waits (BEP 6: each one is told). */
  setChoking(choking: boolean): void {
    if (this.amChoking === choking) return;
    this.amChoking = choking;
    if (!choking) this.unchokedAtMs = this.#now();
    this.#send([encodeNumbers(choking ? MessageId.choke : MessageId.unchoke)]);
    if (!choking) return;
    const refused = this.waiting;
    this.waiting = [];
    for (const request of refused) this.refuse(request);
  }

  refuse({ piece, offset, length }: BlockRequest): void {
    if (this.connection.fast) this.#send([encodeNumbers(MessageId.reject, piece, offset, length)]);
  }

  ask(piece: number, block: number, length: number): void {
    const now = this.#now();
    if (this.asked.size === 0) this.lastBlockAtMs = now;
    this.asked.set(piece * BLOCKS_PER_PIECE + block, now);
    this.#send([encodeNumbers(MessageId.request, piece, block * BLOCK_LENGTH, length)]);
  }

  cancel(piece: number, block: number, length: number): void {
    if (!this.asked.delete(piece * BLOCKS_PER_PIECE + block)) return;
    this.#send([encodeNumbers(MessageId.cancel, piece, block * BLOCK_LENGTH, length)]);
  }

  /** Asks the peer not to send the block, which stays asked until it comes or is refused (BEP 6): it may be under way. */
  withdraw(piece: number, block: number, length: number): void {
    if (this.asked.has(piece * BLOCKS_PER_PIECE + block)) this.#send([encodeNumbers(MessageId.cancel, piece, block * BLOCK_LENGTH, length)]);
  }

  sendBlock(request: BlockRequest, data: Uint8Array): void {
    this.#send([encodePieceHeader(request.piece, request.offset, data.length), data]);
    this.up.add(data.length);
  }

  sendKeepAlive(): void {
    this.#send([KEEP_ALIVE]);
  }

  /** Bytes of blocks received and not acknowledged. */
  get unacknowledgedBytes(): number {
    return this.receivedBlockBytes - this.#acknowledgedToPeer;
  }

  /** Tells the peer how much has arrived, when it wants to know and there is news. */
  acknowledge(): void {
    if (this.unacknowledgedBytes === 0 || !this.connection.speaksCrowd) return;
    this.#acknowledgedToPeer = this.receivedBlockBytes;
    this.tellHaves();
    this.connection.sendCrowdMessage(encodeAck(this.receivedBlockBytes));
  }

  tellSent(pieces: readonly number[]): void {
    for (const message of encodeSent(pieces)) this.connection.sendCrowdMessage(message);
  }

  tellClaims(pieces: readonly number[], begun: boolean): void {
    for (const message of encodeClaims(pieces, begun)) this.connection.sendCrowdMessage(message);
  }

  /** What is small goes first: news of pieces never waits behind blocks. */
  #send(parts: Uint8Array[]): void {
    if (this.#untold.length > 0) {
      this.connection.write([encodeHaves(this.#untold)]);
      this.#untold = [];
    }
    if (parts.length > 0) this.connection.write(parts);
  }

  // ---- what we know of it once there is metadata

  /** Applies what the peer said before the piece count was known. */
  setPieceCount(count: number): void {
    this.#pieceCount = count;
    const { bytes, haves } = this.#earlyPieces;
    this.#earlyPieces = { bytes: 'none', haves: [] };
    this.#setPieces(bytes);
    for (const piece of haves) this.#setPiece(piece, true);
  }

  /** The place of a block that arrives is gone. */
  dropBlockUnderWay(): { piece: number; offset: number } | null {
    const block = this.#reader.blockUnderWay;
    this.#reader.dropBlock();
    return block;
  }

  get blockUnderWay(): { piece: number; offset: number } | null {
    return this.#reader.blockUnderWay;
  }

  // ---- what it says

  onKeepAlive(): void {
    // Nothing to do: the socket knows that it lives.
  }

  onMessage(id: number, payload: Uint8Array): void {
    const view = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    switch (id) {
      case MessageId.choke:
      case MessageId.unchoke:
        this.peerChoking = id === MessageId.choke;
        return this.#handler.onChoke(this);
      case MessageId.interested:
      case MessageId.notInterested:
        this.peerInterested = id === MessageId.interested;
        return this.#handler.onInterest(this);
      case MessageId.have:
        return view.length === 4 ? this.#setPiece(view.readUInt32BE(0), true) : this.onViolation('a short message');
      case MessageId.bitfield: return this.#setPieces(Uint8Array.from(view));
      case MessageId.haveAll: return this.#setPieces('all');
      case MessageId.haveNone: return this.#setPieces('none');
      case MessageId.request: case MessageId.cancel: case MessageId.reject: {
        if (view.length !== 12) return this.onViolation('a short message');
        return this.#onTriple(id, { piece: view.readUInt32BE(0), offset: view.readUInt32BE(4), length: view.readUInt32BE(8) });
      }
      case MessageId.allowedFast:
        if (view.length === 4 && this.allowedFast.size < MAX_ALLOWED_FAST) this.allowedFast.add(view.readUInt32BE(0));
        return;
      case MessageId.extended: return this.connection.onExtended(view);
      default: return;
    }
  }

  onBlockStart(piece: number, offset: number, length: number): Uint8Array | null {
    if (offset % BLOCK_LENGTH !== 0 || piece >= this.#pieceCount || offset / BLOCK_LENGTH >= BLOCKS_PER_PIECE) return null;
    return this.#handler.onBlockStart(this, requestKey(piece, offset), length);
  }

  onBlockBytes(count: number): void {
    this.receivedBlockBytes += count;
    this.lastBytesAtMs = this.#now();
    this.#handler.onBlockBytes(this, count);
  }

  onBlockEnd(piece: number, offset: number, length: number, wanted: boolean): void {
    const key = requestKey(piece, offset);
    const now = this.#now();
    const askedAt = this.asked.get(key);
    if (askedAt !== undefined) this.minRoundTripMs = Math.min(this.minRoundTripMs ?? Infinity, now - askedAt);
    this.lastBlockAtMs = now;
    this.down.add(length);
    this.#handler.onBlockEnd(this, key, length, wanted);
  }

  onViolation(reason: string): void {
    this.close(reason);
  }

  #onTriple(id: number, request: BlockRequest): void {
    if (id === MessageId.reject) {
      const key = requestKey(request.piece, request.offset);
      if (this.asked.has(key)) this.#handler.onReject(this, key);
      return;
    }
    if (id === MessageId.cancel) {
      const at = this.waiting.findIndex((r) => r.piece === request.piece && r.offset === request.offset && r.length === request.length);
      if (at >= 0) {
        this.waiting.splice(at, 1);
        this.refuse(request);
      }
      return;
    }
    if (request.length === 0 || request.length > MAX_REQUEST_LENGTH) return this.onViolation('a request of absurd length');
    // A peer without acknowledgements tells by asking for more that something has arrived.
    if (!this.connection.speaksCrowd) this.#handler.onAcknowledged(this, request.length);
    if (this.amChoking || this.waiting.length >= MAX_WAITING_REQUESTS) return this.refuse(request);
    this.waiting.push(request);
    this.#handler.onRequests(this);
  }

  #setPieces(given: Uint8Array | 'all' | 'none'): void {
    if (this.#pieceCount === 0) {
      this.#earlyPieces = { bytes: given, haves: [] };
      return;
    }
    if (given instanceof Uint8Array && given.length !== (this.#pieceCount + 7) >> 3) return this.onViolation('a bitfield of wrong length');
    const before = this.pieces;
    this.pieces = new Bitfield(this.#pieceCount, given instanceof Uint8Array ? given : undefined);
    if (given === 'all') this.pieces.setAll();
    this.#handler.onPieces(this, before);
  }

  #setPiece(piece: number, has: boolean): void {
    if (this.#pieceCount === 0) {
      if (has && this.#earlyPieces.haves.length < 100_000) this.#earlyPieces.haves.push(piece);
      return;
    }
    if (piece >= this.#pieceCount) return this.onViolation('a piece that does not exist');
    if (!this.pieces) this.#setPieces('none');
    if (this.pieces!.get(piece) === has) return;
    this.pieces!.set(piece, has);
    this.#handler.onHave(this, piece, has);
  }

  #onCrowd(payload: Uint8Array): void {
    const message = decodeCrowdMessage(payload);
    if (!message) return;
    if (message.type === 'ack') {
      this.flight.tells = true;
      const news = message.receivedBytes - this.#acknowledgedByPeer;
      if (news <= 0) return;
      this.#acknowledgedByPeer = message.receivedBytes;
      this.#handler.onAcknowledged(this, news);
      return;
    }
    if (this.#pieceCount === 0) return;
    if (message.type === 'claims') return this.#handler.onClaims(this, message.pieces, message.begun);
    this.sentMap ??= new SentMap(this.#pieceCount);
    for (const piece of message.pieces) this.sentMap.add(piece);
    this.sentMap.takeFresh();
  }
}
