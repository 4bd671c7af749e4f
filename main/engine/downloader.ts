// The receiving side of one torrent: asks peers for blocks, puts pieces together, checks them and hands them to the store.
import { hash as hashNow } from 'node:crypto';
import { ActivePiece } from './active-piece.ts';
import type { BanPolicy } from './ban-policy.ts';
import { Bitfield } from './bitfield.ts';
import { blockOfKey, pieceOfKey, PeerLink, requestKey } from './peer-link.ts';
import { PiecePicker } from './piece-picker.ts';
import type { PickContext } from './piece-picker.ts';
import type { RateLimit } from './rate-limit.ts';
import { pipelineBlocks } from './request-pipeline.ts';
import { ServerDownloads } from './server-downloads.ts';
import type { PieceBoard } from './server-downloads.ts';
import { ServerRun } from './server-run.ts';
import type { BlockOwner, BlockServer } from './server-run.ts';
import { BLOCK_LENGTH } from './wire-messages.ts';

export interface DownloaderHost {
  readonly links: ReadonlySet<PeerLink>;
  /** Known peers that may still become connections: they want the same pieces. */
  readonly expectedPeers: number;
  readonly limits: readonly RateLimit[];
  readonly now: () => number;
  readonly random: () => number;
  /** Policies left out, to measure what they bring. */
  readonly ablate: ReadonlySet<string>;
  readonly bans: BanPolicy;
  /** No piece is verified yet: the first ones may be asked of several at once. */
  readonly helpsFirst: boolean;
  /** Whether the publisher's own seeds may be asked for more now; they are spared as servers are. */
  maySeederSend(): boolean;
  askedSeeder(bytes: number): void;
  pieceLength(piece: number): number;
  expectedHash(piece: number): Uint8Array;
  /**
   * Resolves when the piece is on its way to stay.
   * @param serverBytes how much of it a server sent
   * @returns whether its buffer is still in use; else it may be used again
   */
  store(piece: number, data: Uint8Array, serverBytes: number): Promise<boolean>;
  onHashFailure(piece: number, length: number): void;
  onWasted(bytes: number): void;
  banned(hosts: string[]): void;
  /** Where pieces are put together and checked in place of memory and SHA-1: a simulation of many clients has no bytes. Absent in the product. */
  readonly memory?: PieceMemory;
}

export interface PieceMemory { take(length: number): Uint8Array; digest(data: Uint8Array): Uint8Array }

type Piece = ActivePiece<BlockOwner>;

/** Whole pieces in memory: being fetched, checked, written. */
const MAX_BUFFER_BYTES = 96 * 1024 * 1024;
const MIN_BUFFERS = 8;
const SPARE_BUFFER_BYTES = 24 * 1024 * 1024;
/** A peer that sends nothing for so long loses its pieces to others. */
const STALL_MS = 8000;
/** A piece that was asked for so long ago and has not begun may be asked of another peer instead. */
const TAKE_OVER_AFTER_MS = 200;
/** What stays asked of a peer when a limit sinks. */
const LEAST_KEPT_BLOCKS = 2;
/** In the end game a block is asked of a second peer when its owner needs longer than this. */
const END_GAME_PATIENCE_MS = 250;
/** A piece without an owner, all of it asked for, is taken to need so long. */
const NO_OWNER_MS = 1000;
/** From this length on the hash is computed off the main loop. */
const HASH_OFF_LOOP_BYTES = 512 * 1024;
const MAX_SUSPECTS = 32;
/** A piece that a peer refused while it served us is not asked of it again for so long. */
const REFUSED_MS = 10_000;
/** A peer that refuses so often without giving anything is left alone until the next second. */
const MAX_REFUSALS = 16;

interface Suspect { digests: string[]; senders: (BlockOwner | null)[] }

export class Downloader {
  readonly picker: PiecePicker;
  /** What servers bring of it. */
  readonly servers: ServerDownloads;
  readonly #host: DownloaderHost;
  readonly #have: Bitfield;
  readonly #wanted: Bitfield;
  readonly #nothingSent: Uint16Array;
  readonly #active = new Map<number, Piece>();
  /** Pieces without an owner, partly here. */
  readonly #orphans = new Set<Piece>();
  /** Pieces that their owner was asked not to send, by number, and who is to have them. */
  readonly #heirs = new Map<number, PeerLink>();
  readonly #owned = new Map<BlockOwner, Piece[]>();
  /** Pieces that failed once: whoever sent which block is remembered until they come right. */
  readonly #suspects = new Map<number, Suspect>();
  readonly #spare: Uint8Array[] = [];
  /** Pieces whose check or write is under way. */
  readonly #landing = new Set<number>();
  #bufferBytes = 0;
  #wakeTimer: NodeJS.Timeout | null = null;
  #lookAgain: NodeJS.Timeout | null = null;
  readonly #maxPieceLength: number;
  running = false;

  constructor(host: DownloaderHost, have: Bitfield, pieceLength: number) {
    this.#host = host;
    this.#have = have;
    this.#wanted = new Bitfield(have.length);
    this.#nothingSent = new Uint16Array(have.length);
    this.#maxPieceLength = pieceLength;
    this.picker = new PiecePicker(have.length, host.random);
    this.servers = new ServerDownloads(this.#board());
  }

  #board(): PieceBoard {
    const downloader = this;
    return {
      picker: this.picker, active: this.#active, orphans: this.#orphans, pieceCount: this.#have.length, pieceLength: this.#maxPieceLength,
      now: this.#host.now,
      get running() {
        return downloader.running;
      },
      isSuspect: (piece) => this.#suspects.has(piece),
      isLanding: (piece) => this.#landing.has(piece),
      mayBuffer: () => this.#mayBuffer(),
      begin: (index) => this.#begin(index),
      own: (owner, piece) => this.#own(owner, piece),
      disown: (owner) => this.#disown(owner),
      giveUp: (piece) => this.#giveUp(piece, true),
      fillAll: () => this.fillAll(),
      etaMs: (piece) => this.#etaMs(piece),
      cancelElsewhere: (piece, block) => this.#cancelElsewhere(piece, block, null),
      land: (piece) => this.#land(piece),
      onWasted: (bytes) => this.#host.onWasted(bytes),
    };
  }

  get activePieces(): number {
    return this.#active.size;
  }

  get bytesUnderWay(): number {
    let bytes = 0;
    for (const piece of this.#active.values()) bytes += (piece.blockCount - piece.missingBlocks) * BLOCK_LENGTH;
    return bytes;
  }

  /** Whether the piece is wanted and neither here nor on its way to the disk. */
  isMissing(piece: number): boolean {
    return this.picker.isOpen(piece) || this.#active.has(piece);
  }

  setWanted(piece: number, wanted: boolean): void {
    this.#wanted.set(piece, wanted);
    if (this.#have.get(piece) || this.#landing.has(piece)) return;
    const active = this.#active.get(piece);
    if (!wanted && active) this.#giveUp(active, false);
    else if (!active) this.picker.setOpen(piece, wanted);
  }

  /** Stops asking and forgets what is half here. */
  stop(): void {
    this.running = false;
    if (this.#wakeTimer) clearTimeout(this.#wakeTimer);
    this.#wakeTimer = null;
    if (this.#lookAgain) clearTimeout(this.#lookAgain);
    this.#lookAgain = null;
    for (const owner of [...this.#owned.keys()]) {
      if (owner instanceof ServerRun) this.servers.end(owner);
      else this.dropLink(owner as PeerLink);
    }
    for (const piece of [...this.#active.values()]) this.#giveUp(piece, true);
  }

  /** Asks the peer for as much as its pipeline takes. */
  fill(link: PeerLink): void {
    if (!this.running || link.closed || !link.pieces || link.interesting === 0 || link.refusals >= MAX_REFUSALS) return;
    const onlyFast = link.peerChoking;
    if (onlyFast && (!link.connection.fast || link.allowedFast.size === 0)) return;
    const depth = this.#depth(link);
    // Topping up one block at a time would cost a write each.
    if (link.asked.size > depth - Math.min(64, depth >> 1) && link.asked.size > 0) return;
    let budget = depth - link.asked.size;
    while (budget-- > 0) {
      if (!this.#host.limits.every((limit) => limit.open)) return this.#wakeLater();
      if (link.connection.source === 'seeder' && !this.#host.maySeederSend()) return;
      if (this.#host.helpsFirst && !onlyFast && this.#endGame(link, true)) return;
      const piece = this.#nextPiece(link, onlyFast);
      if (!piece) {
        if (!onlyFast && !this.#takeOver(link)) this.#endGame(link);
        return;
      }
      this.#ask(link, piece, piece.nextUnasked());
    }
  }

  /** Those who fell silent come last: what they lost must not go back to them while somebody better has nothing to do. */
  fillAll(): void {
    for (const link of this.#host.links) if (!link.snubbed) this.fill(link);
    for (const link of this.#host.links) if (link.snubbed) this.fill(link);
  }

  /** A limit sank: what was asked for beyond it is taken back, newest first; all of it would come seconds late, as fast as before. */
  limitSank(): void {
    if (!this.running) return;
    const busy = [...this.#host.links].filter((link) => link.asked.size > 0);
    for (const link of busy) {
      // A quarter of a second of the limit; more is asked for at its pace.
      const kept = Math.max(LEAST_KEPT_BLOCKS, Math.ceil(this.#depth(link) / 4 / busy.length));
      for (const key of [...link.asked.keys()].slice(kept)) {
        const piece = this.#active.get(pieceOfKey(key));
        if (!piece) continue;
        link.cancel(piece.index, blockOfKey(key), piece.blockLength(blockOfKey(key)));
        piece.unasked(blockOfKey(key));
      }
    }
  }

  /** The peer choked us without the fast extension, or left: what it was asked for is open again. */
  dropLink(link: PeerLink): void {
    this.#dropBlockUnderWay(link);
    for (const key of link.asked.keys()) this.#unask(key);
    link.asked.clear();
    this.#disown(link);
  }

  rejected(link: PeerLink, key: number): void {
    link.asked.delete(key);
    this.#unask(key);
    const piece = this.#active.get(pieceOfKey(key));
    if (piece && piece.owner === link && this.#heirs.has(piece.index)) return this.#handOver(piece, link);
    // Asking again at once would be refused again.
    if (!link.peerChoking) {
      link.refusals++;
      link.refusedUntilMs.set(pieceOfKey(key), this.#host.now() + REFUSED_MS);
    }
    if (piece?.owner !== link) return;
    if (link.peerChoking) this.#disown(link);
    else this.#release(piece);
  }

  blockStart(link: PeerLink, key: number, length: number): Uint8Array | null {
    if (!link.asked.has(key)) return null;
    const piece = this.#active.get(pieceOfKey(key));
    // A server that stopped amid a block does not keep it from a peer who has it.
    if (piece) this.servers.letGoOfSilent(piece, blockOfKey(key), END_GAME_PATIENCE_MS);
    return piece?.beginBlock(blockOfKey(key), length) ?? null;
  }

  /** @returns whether the block was of use */
  blockEnd(link: PeerLink, key: number, length: number, wanted: boolean): boolean {
    const wasAsked = link.asked.delete(key);
    link.snubbed = false;
    link.refusals = 0;
    const piece = this.#active.get(pieceOfKey(key));
    const block = blockOfKey(key);
    if (piece && wasAsked) piece.unasked(block);
    if (!wanted || !piece) {
      this.#host.onWasted(length);
      return false;
    }
    piece.endBlock(block, link);
    if (piece.askedOf[block]! > 0) this.#cancelElsewhere(piece, block, link);
    if (piece.missingBlocks === 0) void this.#land(piece);
    else if (piece.owner === link && this.#heirs.has(piece.index)) this.#handOver(piece, link);
    return true;
  }

  /** Once a second: peers that stall lose their pieces. */
  tick(): void {
    if (!this.running) return;
    const now = this.#host.now();
    for (const link of this.#host.links) {
      link.refusals = 0;
      if (now - Math.max(link.lastBytesAtMs, link.lastBlockAtMs) > STALL_MS) this.#dropBlockUnderWay(link);
      if (link.asked.size > 0 && now - link.lastBlockAtMs > STALL_MS) {
        link.snubbed = true;
        const asked = [...link.asked.keys()];
        for (const key of asked) {
          const piece = this.#active.get(pieceOfKey(key));
          if (piece) link.cancel(piece.index, blockOfKey(key), piece.blockLength(blockOfKey(key)));
        }
        for (const key of asked) this.#unask(key);
        link.asked.clear();
        this.#disown(link);
        link.lastBlockAtMs = now;
      }
    }
    this.fillAll();
  }

  // ---- inner

  #depth(link: PeerLink): number {
    if (link.snubbed) return 8;
    let others = 0;
    for (const other of this.#host.links) if (other !== link && !other.isSeed) others++;
    let limit: number | null = null;
    for (const { bytesPerSecond } of this.#host.limits) {
      if (bytesPerSecond !== null) limit = Math.min(limit ?? Infinity, bytesPerSecond);
    }
    return pipelineBlocks({
      pieceLength: this.#maxPieceLength,
      bytesPerSecond: link.down.bytesPerSecond,
      roundTripMs: link.minRoundTripMs,
      pieceSerial: link.connection.speaksCrowd,
      crowd: others > 0 || !link.isSeed || this.#host.expectedPeers > 2,
      peerLimit: link.connection.requestLimit,
      limitBytesPerSecond: limit,
    });
  }

  #nextPiece(link: PeerLink, onlyFast: boolean): Piece | null {
    const owned = this.#owned.get(link);
    const usable = (piece: number): boolean => (!onlyFast || link.allowedFast.has(piece)) && !this.#refuses(link, piece);
    if (this.#host.ablate.has('one-owner')) {
      for (const piece of this.#active.values()) if (link.pieces!.get(piece.index) && usable(piece.index) && piece.nextUnasked() >= 0) return piece;
    }
    if (owned) {
      for (let i = owned.length - 1; i >= 0; i--) {
        if (usable(owned[i]!.index) && !this.#heirs.has(owned[i]!.index) && owned[i]!.nextUnasked() >= 0) return owned[i]!;
      }
    }
    for (const orphan of this.#orphans) {
      if (link.pieces!.get(orphan.index) && usable(orphan.index) && orphan.nextUnasked() >= 0) {
        this.#orphans.delete(orphan);
        this.#own(link, orphan);
        return orphan;
      }
    }
    if (!this.#mayBuffer()) return null;
    const restricted = onlyFast || link.refusedUntilMs.size > 0;
    const pieces = restricted ? { get: (piece: number) => link.pieces!.get(piece) && usable(piece) } : link.pieces!;
    const index = this.#openSuspect(pieces) ?? this.picker.pick(pieces, this.#seedContext(link));
    if (index < 0) return null;
    const piece = this.#begin(index);
    this.#own(link, piece);
    return piece;
  }

  /** A piece that failed before is fetched again first: it shows who was wrong, and until then others are doubted as well. */
  #openSuspect(pieces: { get(piece: number): boolean }): number | null {
    for (const piece of this.#suspects.keys()) if (this.picker.isOpen(piece) && pieces.get(piece)) return piece;
    return null;
  }

  /** What is known of a seed that tells what it sends. */
  #seedContext(link: PeerLink): PickContext {
    if (!link.isSeed || !link.connection.speaksCrowd || this.#host.ablate.has('sent-map')) return {};
    let rivals = 0;
    for (const other of this.#host.links) if (!other.isSeed) rivals++;
    // Before it has told anything it has sent nothing.
    return { sentBySeed: link.sentMap?.counts ?? this.#nothingSent, rivals };
  }

  /** An open piece is being fetched from now on. */
  #begin(index: number): Piece {
    this.picker.setOpen(index, false);
    const length = this.#host.pieceLength(index);
    const piece: Piece = new ActivePiece<BlockOwner>(index, length, this.#takeBuffer(length), null);
    this.#active.set(index, piece);
    return piece;
  }

  /**
   * There is nothing to ask the peer for but what others were asked for: the piece that waits longest and was not begun stands in a
   * long queue there, and is asked of this peer instead as soon as its owner has confirmed that it will not come.
   * @returns whether there is such a piece, now or soon
   */
  #takeOver(link: PeerLink): boolean {
    const { ablate } = this.#host;
    if (link.asked.size > 0 || link.snubbed || ablate.has('one-owner') || ablate.has('take-over')) return false;
    for (const heir of this.#heirs.values()) if (heir === link) return true;
    const now = this.#host.now();
    let best: Piece | null = null;
    let longest = TAKE_OVER_AFTER_MS;
    let soon = false;
    for (const piece of this.#active.values()) {
      const { owner } = piece;
      if (!(owner instanceof PeerLink) || owner === link || !owner.connection.fast || piece.hasAnyBlock || this.#heirs.has(piece.index)) continue;
      if (!link.pieces!.get(piece.index) || this.#refuses(link, piece.index)) continue;
      // Its owner has nothing to confirm where a server was asked for all of it: that is for the end game.
      const askedAtMs = owner.asked.get(requestKey(piece.index, 0));
      if (askedAtMs === undefined) continue;
      const waits = now - askedAtMs;
      soon = true;
      if (waits <= longest) continue;
      best = piece;
      longest = waits;
    }
    if (best) {
      this.#heirs.set(best.index, link);
      for (let block = 0; block < best.blockCount; block++) (best.owner as PeerLink).withdraw(best.index, block, best.blockLength(block));
    } else if (soon) {
      this.#lookAgain ??= setTimeout(() => {
        this.#lookAgain = null;
        this.fillAll();
      }, TAKE_OVER_AFTER_MS / 2);
    }
    return soon;
  }

  /** Its owner has sent or refused another block of a piece that somebody else is to have. */
  #handOver(piece: Piece, from: PeerLink): void {
    for (let block = 0; block < piece.blockCount; block++) if (from.asked.has(requestKey(piece.index, block * BLOCK_LENGTH))) return;
    const heir = this.#heirs.get(piece.index)!;
    this.#heirs.delete(piece.index);
    if (piece.hasAnyBlock || heir.closed || heir.peerChoking) this.#release(piece);
    else {
      this.#removeFromOwned(piece);
      this.#own(heir, piece);
    }
    this.fill(heir);
    this.fill(from);
  }

  #refuses(link: PeerLink, piece: number): boolean {
    const until = link.refusedUntilMs.get(piece);
    if (until === undefined) return false;
    if (until > this.#host.now()) return true;
    link.refusedUntilMs.delete(piece);
    return false;
  }

  #own(owner: BlockOwner, piece: Piece): void {
    piece.owner = owner;
    const owned = this.#owned.get(owner);
    if (owned) owned.push(piece);
    else this.#owned.set(owner, [piece]);
  }

  #ask(link: PeerLink, piece: Piece, block: number): void {
    const length = piece.blockLength(block);
    piece.asked(block);
    link.ask(piece.index, block, length);
    for (const limit of this.#host.limits) limit.take(length);
    if (link.connection.source === 'seeder') this.#host.askedSeeder(length);
  }

  #unask(key: number): void {
    const piece = this.#active.get(pieceOfKey(key));
    if (!piece) return;
    piece.unasked(blockOfKey(key));
    for (const limit of this.#host.limits) limit.giveBack(piece.blockLength(blockOfKey(key)));
  }

  /**
   * Everything is asked for, or it is about the first pieces: help where the owner of a piece is slow, from its end, so that both meet.
   * @param first only with the first pieces, whatever else there is to do @returns whether something was asked for
   */
  #endGame(link: PeerLink, first = false): boolean {
    // A block is asked of two peers at most: one that fell silent must not be the second.
    if (link.asked.size > 0 || link.snubbed || (this.picker.openCount > 0 && !first) || this.#host.ablate.has('end-game')) return false;
    const ownRate = link.down.bytesPerSecond;
    let best: Piece | null = null;
    let bestEta = END_GAME_PATIENCE_MS;
    for (const piece of this.#active.values()) {
      if (piece.owner === link || (!piece.owner && (first || piece.nextUnasked() >= 0)) || !link.pieces!.get(piece.index) || this.#suspects.has(piece.index)) continue;
      if (piece.missingBlocks === 0 || this.#refuses(link, piece.index) || (first && !this.picker.isUrgent(piece.index))) continue;
      // Whoever was only just asked is given a moment before a first piece is asked of two.
      const eta = first && piece.owner!.down.bytesPerSecond < 1000 ? this.#host.now() - piece.owner!.lastBlockAtMs : this.#etaMs(piece);
      if (eta > bestEta && hasHelpableBlock(piece)) {
        best = piece;
        bestEta = eta;
      }
    }
    if (!best) return false;
    const helpful = Math.max(1, Math.min(Math.ceil(best.missingBlocks / 2), Math.ceil((ownRate * bestEta) / 1000 / BLOCK_LENGTH), 64));
    let given = 0;
    for (let block = best.blockCount - 1; block >= 0 && given < helpful; block--) {
      if (!best.isHelpable(block)) continue;
      this.#ask(link, best, block);
      given++;
    }
    return given > 0;
  }

  #etaMs(piece: Piece): number {
    const { owner } = piece;
    // Its owner left while a server helped with the rest of it.
    if (!owner) return NO_OWNER_MS;
    const rate = owner.down.bytesPerSecond;
    const silent = this.#host.now() - owner.lastBlockAtMs;
    if (rate < 1000) return Math.max(1000, silent);
    const bytes = piece.missingBlocks * BLOCK_LENGTH + (owner.bytesBefore?.(piece.index) ?? 0);
    return (bytes * 1000) / rate + Math.max(0, silent - 500);
  }

  #cancelElsewhere(piece: Piece, block: number, except: PeerLink | null): void {
    for (const link of this.#host.links) {
      if (link === except) continue;
      const before = link.asked.size;
      link.cancel(piece.index, block, piece.blockLength(block));
      if (link.asked.size < before) {
        piece.unasked(block);
        this.fill(link);
      }
    }
  }

  #disown(owner: BlockOwner): void {
    const owned = this.#owned.get(owner);
    if (!owned) return;
    this.#owned.delete(owner);
    for (const piece of owned) {
      if (this.#active.has(piece.index) && piece.owner === owner) this.#release(piece);
    }
  }

  /** Takes a piece from its owner: others go on with what is here of it. */
  #release(piece: Piece): void {
    this.#removeFromOwned(piece);
    piece.owner = null;
    this.#heirs.delete(piece.index);
    if (piece.hasAnyBlock && !this.#suspects.has(piece.index)) this.#orphans.add(piece);
    else this.#giveUp(piece, true);
  }

  #removeFromOwned(piece: Piece): void {
    const owned = piece.owner && this.#owned.get(piece.owner);
    const at = owned ? owned.indexOf(piece) : -1;
    if (at >= 0) owned!.splice(at, 1);
  }

  /** What the peer still sends of its block is of no use any more; others may be asked for it. */
  #dropBlockUnderWay(link: PeerLink): void {
    const under = link.dropBlockUnderWay();
    if (under) this.#active.get(under.piece)?.abandonBlock(under.offset / BLOCK_LENGTH);
  }

  /** It is neither here nor being fetched any more. */
  #reopen(piece: number): void {
    if (this.#wanted.get(piece) && !this.#have.get(piece)) this.picker.setOpen(piece, true);
  }

  /** Forgets a piece; what others still send of it is dropped. */
  #giveUp(piece: Piece, open: boolean): void {
    this.#forget(piece);
    for (const link of this.#host.links) {
      if (link.blockUnderWay?.piece === piece.index) link.dropBlockUnderWay();
      for (const key of [...link.asked.keys()]) {
        if (pieceOfKey(key) === piece.index) link.cancel(piece.index, blockOfKey(key), piece.blockLength(blockOfKey(key)));
      }
    }
    this.#releaseBuffer(piece.data);
    if (open) this.#reopen(piece.index);
  }

  #forget(piece: Piece): void {
    this.#heirs.delete(piece.index);
    this.#active.delete(piece.index);
    this.#orphans.delete(piece);
    this.#removeFromOwned(piece);
  }

  /** A piece is whole. @returns when its check takes a while: what to wait for */
  #land(piece: Piece): Promise<void> | undefined {
    this.#forget(piece);
    this.#landing.add(piece.index);
    const { memory } = this.#host;
    if (memory) {
      this.#judge(piece, memory.digest(piece.data));
      return undefined;
    }
    if (piece.length < HASH_OFF_LOOP_BYTES) {
      this.#judge(piece, hashNow('sha1', piece.data, 'buffer'));
      return undefined;
    }
    return crypto.subtle.digest('SHA-1', piece.data as Uint8Array<ArrayBuffer>).then((digest) => this.#judge(piece, new Uint8Array(digest)));
  }

  #judge(piece: Piece, digest: Uint8Array): void {
    const right = this.#digestMatches(piece.index, digest);
    const [serverBytes, servers] = [serverBytesOf(piece), serversOf(piece.senders)];
    if (right) {
      if (this.#suspects.size > 0) this.#compareWithSuspect(piece);
      this.#host.bans.piecePassed(hostsOf(piece));
      void this.#keep(piece, serverBytes);
    } else {
      this.#landing.delete(piece.index);
      this.#onBadPiece(piece);
      this.#releaseBuffer(piece.data);
      this.#reopen(piece.index);
    }
    for (const server of servers) server.onChecked(right, servers.size === 1 && serverBytes === piece.length);
    if (!right) this.fillAll();
  }

  async #keep(piece: Piece, serverBytes: number): Promise<void> {
    let isInUse = false;
    try {
      isInUse = await this.#host.store(piece.index, piece.data, serverBytes);
    } catch {
      // The session has reported it and paused; the piece is fetched again after that.
      this.#reopen(piece.index);
    } finally {
      this.#landing.delete(piece.index);
      this.#releaseBuffer(piece.data, isInUse);
    }
    if (this.running && this.#bufferBytes > MAX_BUFFER_BYTES / 2) this.fillAll();
  }

  #digestMatches(piece: number, digest: Uint8Array): boolean {
    return Buffer.compare(digest, this.#host.expectedHash(piece)) === 0;
  }

  #onBadPiece(piece: Piece): void {
    this.#host.onHashFailure(piece.index, piece.length);
    const hosts = new Set(hostsOf(piece));
    const servers = serversOf(piece.senders);
    if (hosts.size > 1) {
      if (this.#suspects.size >= MAX_SUSPECTS) this.#suspects.delete(this.#suspects.keys().next().value!);
      this.#suspects.set(piece.index, { digests: blockDigests(piece), senders: [...piece.senders] });
    }
    // A server gets a second chance, and is asked no more until it is known who was wrong: nobody is suspected for having shared pieces with it.
    if (servers.size === 0) this.#host.banned(this.#host.bans.pieceFailed(hosts));
    const suspect = hosts.size === 1 ? this.#suspects.get(piece.index) : undefined;
    if (suspect) for (const server of serversOf(suspect.senders)) if (!servers.has(server)) server.onCleared();
  }

  #compareWithSuspect(piece: Piece): void {
    const suspect = this.#suspects.get(piece.index);
    if (!suspect) return;
    this.#suspects.delete(piece.index);
    const liars = new Set(blockDigests(piece)
      .map((digest, block) => (digest === suspect.digests[block] ? null : suspect.senders[block]?.connection.host))
      .filter((host): host is string => typeof host === 'string'));
    this.#host.banned(this.#host.bans.blocksCompared(liars));
    for (const server of serversOf(suspect.senders)) if (!liars.has(server.connection.host)) server.onCleared();
  }

  #mayBuffer(): boolean {
    return this.#bufferBytes < MAX_BUFFER_BYTES || this.#bufferBytes < MIN_BUFFERS * this.#maxPieceLength;
  }

  #takeBuffer(length: number): Uint8Array {
    this.#bufferBytes += this.#maxPieceLength;
    const buffer = this.#host.memory?.take(this.#maxPieceLength) ?? this.#spare.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(this.#maxPieceLength).buffer);
    return buffer.length === length ? buffer : buffer.subarray(0, length);
  }

  #releaseBuffer(data: Uint8Array, isInUse = false): void {
    this.#bufferBytes -= this.#maxPieceLength;
    if (!isInUse && !this.#host.memory && this.#spare.length * this.#maxPieceLength < SPARE_BUFFER_BYTES) this.#spare.push(new Uint8Array(data.buffer));
  }

  /** Lets go of memory when nothing is being fetched. */
  releaseSpare(): void {
    this.#spare.length = 0;
  }

  #wakeLater(): void {
    if (this.#wakeTimer) return;
    const wait = Math.max(10, ...this.#host.limits.map((limit) => limit.waitMs));
    if (!Number.isFinite(wait)) return;
    this.#wakeTimer = setTimeout(() => {
      this.#wakeTimer = null;
      this.fillAll();
    }, Math.min(wait, 1000));
  }
}

function hasHelpableBlock(piece: Piece): boolean {
  for (let block = 0; block < piece.blockCount; block++) if (piece.isHelpable(block)) return true;
  return false;
}

function* hostsOf(piece: Piece): Generator<string> {
  for (const sender of piece.senders) if (sender) yield sender.connection.host;
}

function serverBytesOf(piece: Piece): number {
  let bytes = 0;
  for (let block = 0; block < piece.blockCount; block++) if (piece.senders[block] instanceof ServerRun) bytes += piece.blockLength(block);
  return bytes;
}

function serversOf(senders: readonly (BlockOwner | null)[]): Set<BlockServer> {
  const servers = new Set<BlockServer>();
  for (const sender of senders) if (sender instanceof ServerRun) servers.add(sender.server);
  return servers;
}

function blockDigests(piece: Piece): string[] {
  const digests: string[] = [];
  for (let block = 0; block < piece.blockCount; block++) {
    const from = block * BLOCK_LENGTH;
    digests.push(hashNow('sha1', piece.data.subarray(from, from + piece.blockLength(block)), 'base64'));
  }
  return digests;
}
