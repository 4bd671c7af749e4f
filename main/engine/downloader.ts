// The receiving side of one torrent: asks peers for blocks and puts pieces together.
import { ActivePiece } from './active-piece.ts';
import { Bitfield } from './bitfield.ts';
import { blocksToHelpWith, END_GAME_PATIENCE_MS, etaMs, firstPieceEtaMs, hasHelpableBlock, mostAsked } from './end-game.ts';
import { blockOfKey, pieceOfKey } from './peer-link.ts';
import type { PeerLink } from './peer-link.ts';
import { HomeShare } from './home-share.ts';
import { PieceBuffers } from './piece-buffers.ts';
import { PieceLanding } from './piece-landing.ts';
import type { PieceLandingHost } from './piece-landing.ts';
import { PiecePicker } from './piece-picker.ts';
import type { PickContext } from './piece-picker.ts';
import type { RateLimit } from './rate-limit.ts';
import { pipelineBlocks } from './request-pipeline.ts';
import { ServerDownloads } from './server-downloads.ts';
import type { PieceBoard } from './server-downloads.ts';
import { ServerRun } from './server-run.ts';
import type { BlockOwner } from './server-run.ts';
import { TakeOvers, TAKE_OVER_AFTER_MS } from './take-over.ts';
import { BLOCK_LENGTH } from './wire-messages.ts';

export interface DownloaderHost extends PieceLandingHost {
  readonly links: ReadonlySet<PeerLink>;
  /** Known peers that may still become connections: they want the same pieces. */
  readonly expectedPeers: number;
  readonly limits: readonly RateLimit[];
  readonly now: () => number;
  readonly random: () => number;
  /** Policies left out, to measure what they bring. */
  readonly ablate: ReadonlySet<string>;
  /** No piece is verified yet: the first ones may be asked of several at once. */
  readonly helpsFirst: boolean;
  /** Whether the publisher's own seeds may be asked for more now; they are spared as servers are. */
  maySeederSend(): boolean;
  askedSeeder(bytes: number): void;
  pieceLength(piece: number): number;
  onWasted(bytes: number): void;
}

type Piece = ActivePiece<BlockOwner>;

/** A peer that sends nothing for so long loses its pieces to others. */
const STALL_MS = 8000;
/** What stays asked of a peer when a limit sinks. */
const LEAST_KEPT_BLOCKS = 2;
/** A piece that a peer refused while it served us is not asked of it again for so long. */
const REFUSED_MS = 10_000;
/** A peer that refuses so often without giving anything is left alone until the next second. */
const MAX_REFUSALS = 16;
const NO_LIMITS: readonly RateLimit[] = [];

export class Downloader {
  readonly picker: PiecePicker;
  /** What servers bring of it. */
  readonly servers: ServerDownloads;
  /** null: nobody looks at who is in the same home. */
  readonly home: HomeShare | null;
  readonly #host: DownloaderHost;
  readonly #have: Bitfield;
  readonly #wanted: Bitfield;
  readonly #nothingSent: Uint16Array;
  readonly #active = new Map<number, Piece>();
  /** Pieces without an owner, partly here. */
  readonly #orphans = new Set<Piece>();
  readonly #takeOvers = new TakeOvers();
  readonly #owned = new Map<BlockOwner, Piece[]>();
  readonly #buffers: PieceBuffers;
  readonly #landing: PieceLanding;
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
    this.#buffers = new PieceBuffers(pieceLength, host.memory);
    this.#landing = new PieceLanding(host, { reopen: (piece) => this.#reopen(piece), fillAll: () => this.running && this.fillAll() }, this.#buffers);
    this.servers = new ServerDownloads(this.#board());
    this.home = host.ablate.has('nearness') ? null : new HomeShare(have.length, pieceLength, host.now);
  }

  #board(): PieceBoard {
    const downloader = this;
    return {
      picker: this.picker, active: this.#active, orphans: this.#orphans, pieceCount: this.#have.length, pieceLength: this.#maxPieceLength,
      now: this.#host.now,
      get running() {
        return downloader.running;
      },
      isSuspect: (piece) => this.#landing.suspects.has(piece),
      isLanding: (piece) => this.#landing.has(piece),
      mayBuffer: () => this.#buffers.mayTake,
      begin: (index) => this.#begin(index),
      own: (owner, piece) => this.#own(owner, piece),
      disown: (owner) => this.#disown(owner),
      giveUp: (piece) => this.#giveUp(piece, true),
      fillAll: () => this.fillAll(),
      etaMs: (piece) => etaMs(piece, this.#host.now()),
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
    this.home?.stop();
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
      if (!this.#limitsOf(link).every((limit) => limit.open)) return this.#wakeLater();
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
    const busy = [...this.#host.links].filter((link) => link.asked.size > 0 && !link.connection.isLocal);
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
    for (const key of link.asked.keys()) this.#unask(link, key);
    link.asked.clear();
    this.#disown(link);
  }

  rejected(link: PeerLink, key: number): void {
    link.asked.delete(key);
    this.#unask(link, key);
    const piece = this.#active.get(pieceOfKey(key));
    if (piece && piece.owner === link && this.#takeOvers.has(piece.index)) return this.#handOver(piece, link);
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
    else if (piece.owner === link && this.#takeOvers.has(piece.index)) this.#handOver(piece, link);
    return true;
  }

  /** Once a second: peers that stall lose their pieces. */
  tick(): void {
    if (!this.running) return;
    const now = this.#host.now();
    this.home?.tick(this.#host.links);
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
        for (const key of asked) this.#unask(link, key);
        link.asked.clear();
        this.#disown(link);
        link.lastBlockAtMs = now;
      }
    }
    this.fillAll();
  }

  // ---- inner

  /** They are those of the line to the internet. */
  #limitsOf(link: PeerLink): readonly RateLimit[] {
    return link.connection.isLocal ? NO_LIMITS : this.#host.limits;
  }

  #depth(link: PeerLink): number {
    if (link.snubbed) return 8;
    let others = 0;
    for (const other of this.#host.links) if (other !== link && !other.isSeed) others++;
    let limit: number | null = null;
    for (const { bytesPerSecond } of this.#limitsOf(link)) {
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
        if (usable(owned[i]!.index) && !this.#takeOvers.has(owned[i]!.index) && owned[i]!.nextUnasked() >= 0) return owned[i]!;
      }
    }
    for (const orphan of this.#orphans) {
      if (link.pieces!.get(orphan.index) && usable(orphan.index) && orphan.nextUnasked() >= 0) {
        this.#orphans.delete(orphan);
        this.#own(link, orphan);
        return orphan;
      }
    }
    if (!this.#buffers.mayTake) return null;
    const restricted = onlyFast || link.refusedUntilMs.size > 0;
    const pieces = restricted ? { get: (piece: number) => link.pieces!.get(piece) && usable(piece) } : link.pieces!;
    const elsewhere = link.connection.isLocal ? null : this.home?.avoid;
    const index = this.#openSuspect(pieces) ?? this.picker.pick(pieces, { ...this.#seedContext(link), ...elsewhere });
    if (index < 0) return null;
    const piece = this.#begin(index);
    this.#own(link, piece);
    return piece;
  }

  /** A piece that failed before is fetched again first: it shows who was wrong, and until then others are doubted as well. */
  #openSuspect(pieces: { get(piece: number): boolean }): number | null {
    for (const piece of this.#landing.suspects.pieces) if (this.picker.isOpen(piece) && pieces.get(piece)) return piece;
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
    const piece: Piece = new ActivePiece<BlockOwner>(index, length, this.#buffers.take(length), null);
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
    if (this.#takeOvers.isHeir(link, this.#host.now())) return true;
    const { piece, soon } = this.#takeOvers.longestWaiting(
      this.#active.values(), link, this.#host.now(), (index) => link.pieces!.get(index) && !this.#refuses(link, index),
    );
    if (piece) this.#takeOvers.begin(piece, link, this.#host.now());
    else if (soon) {
      this.#lookAgain ??= setTimeout(() => {
        this.#lookAgain = null;
        this.fillAll();
      }, TAKE_OVER_AFTER_MS / 2);
    }
    return soon;
  }

  /** Its owner has sent or refused another block of a piece that somebody else is to have. */
  #handOver(piece: Piece, from: PeerLink): void {
    const heir = this.#takeOvers.settled(piece, from);
    if (!heir) return;
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
    if (!(owner instanceof ServerRun)) {
      if ((owner as PeerLink).connection.isLocal) this.home?.end(piece.index, false);
      else this.home?.begin(piece.index);
    }
    const owned = this.#owned.get(owner);
    if (owned) owned.push(piece);
    else this.#owned.set(owner, [piece]);
  }

  #ask(link: PeerLink, piece: Piece, block: number): void {
    const length = piece.blockLength(block);
    piece.asked(block);
    link.ask(piece.index, block, length);
    for (const limit of this.#limitsOf(link)) limit.take(length);
    if (link.connection.source === 'seeder') this.#host.askedSeeder(length);
  }

  #unask(link: PeerLink, key: number): void {
    const piece = this.#active.get(pieceOfKey(key));
    if (!piece) return;
    piece.unasked(blockOfKey(key));
    for (const limit of this.#limitsOf(link)) limit.giveBack(piece.blockLength(blockOfKey(key)));
  }

  /**
   * Everything is asked for, or it is about the first pieces: help where the owner of a piece is slow, from its end, so that both meet.
   * @param first only with the first pieces, whatever else there is to do @returns whether something was asked for
   */
  #endGame(link: PeerLink, first = false): boolean {
    // A block is asked of few peers: one that fell silent must not be among them.
    if (link.asked.size > 0 || link.snubbed || (this.picker.openCount > 0 && !first) || this.#host.ablate.has('end-game')) return false;
    const now = this.#host.now();
    let lastMs = -Infinity;
    for (const { lastBytesAtMs } of this.#host.links) lastMs = Math.max(lastMs, lastBytesAtMs);
    const most = mostAsked(now - lastMs);
    let best: Piece | null = null;
    let bestEta = END_GAME_PATIENCE_MS;
    for (const piece of this.#active.values()) {
      if (piece.owner === link || (!piece.owner && (first || piece.nextUnasked() >= 0)) || !link.pieces!.get(piece.index) || this.#landing.suspects.has(piece.index)) continue;
      if (piece.missingBlocks === 0 || this.#refuses(link, piece.index) || (first && !this.picker.isUrgent(piece.index))) continue;
      const eta = first ? firstPieceEtaMs(piece, now) : etaMs(piece, now);
      if (eta > bestEta && hasHelpableBlock(piece, most)) {
        best = piece;
        bestEta = eta;
      }
    }
    if (!best) return false;
    const blocks = blocksToHelpWith(best, bestEta, link.down.bytesPerSecond, most);
    for (const block of blocks) this.#ask(link, best, block);
    return blocks.length > 0;
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
    this.#takeOvers.forget(piece.index);
    if (piece.hasAnyBlock && !this.#landing.suspects.has(piece.index)) this.#orphans.add(piece);
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
    this.#buffers.giveBack(piece.data);
    if (open) this.#reopen(piece.index);
  }

  #forget(piece: Piece): void {
    this.#takeOvers.forget(piece.index);
    this.home?.end(piece.index, piece.missingBlocks === 0);
    this.#active.delete(piece.index);
    this.#orphans.delete(piece);
    this.#removeFromOwned(piece);
  }

  /** A piece is whole. @returns when its check takes a while: what to wait for */
  #land(piece: Piece): Promise<void> | undefined {
    this.#forget(piece);
    return this.#landing.land(piece);
  }

  /** Lets go of memory when nothing is being fetched. */
  releaseSpare(): void {
    this.#buffers.releaseSpare();
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
