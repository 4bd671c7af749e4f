// The people of one torrent: takes them in, greets them, and hands what they say to the parts that decide.
import type { Bitfield } from './bitfield.ts';
import type { CarrierConnection } from './carrier.ts';
import { countHave, countPieces } from './copy-counts.ts';
import { PeerLink } from './peer-link.ts';
import type { LinkHandler } from './peer-link.ts';
import type { SessionGround } from './session-ground.ts';
import type { SessionParts } from './session-parts.ts';
import { lineTo } from './upload-line.ts';

const ACK_EVERY_MS = 30;
/** So much is acknowledged at once: the peer's next bytes depend on it. */
const ACK_BYTES = 128 * 1024;
/** At the beginning sooner: what the peer may have under way grows with what has arrived. */
const ACK_FIRST_BYTES = 12 * 1024;
/** Peers that have enough to ask of us hear of new pieces with the next blocks, at the latest after this. */
const HAVES_EVERY_MS = 200;

export class SessionPeople implements LinkHandler {
  readonly links = new Set<PeerLink>();
  /** null until the files are open: whoever comes before waits, and is told that there is nothing yet. */
  parts: SessionParts | null = null;
  readonly #ground: SessionGround;
  readonly #ackDue = new Set<PeerLink>();
  #ackTimer: NodeJS.Timeout | null = null;
  #havesTimer: NodeJS.Timeout | null = null;

  constructor(ground: SessionGround) {
    this.#ground = ground;
  }

  get isAnyInterested(): boolean {
    for (const link of this.links) if (link.peerInterested) return true;
    return false;
  }

  join(connection: CarrierConnection): void {
    const link = new PeerLink(connection, this, this.#ground.context.now);
    this.links.add(link);
    this.#ground.traffic.figures.joined++;
    this.#ground.emit('dirty');
    link.sendPieces(this.parts ? this.parts.store.have : null);
    if (this.parts) this.#admit(link, this.parts);
    link.open();
  }

  /** Those who came before the files were open. */
  admitWaiting(): void {
    for (const link of this.links) if (!link.pieces) this.#admit(link, this.parts!);
  }

  /** A peer joins the exchange once there is a store. */
  #admit(link: PeerLink, { uploader, downloader, sources, metainfo, store: { have } }: SessionParts): void {
    uploader.add(link);
    link.setPieceCount(metainfo.pieceCount);
    if (!link.toldPieces) {
      link.toldPieces = true;
      for (let piece = 0; piece < have.length; piece++) if (have.get(piece)) link.sendHave(piece);
    }
    uploader.greet(link);
    sources.greet(link);
    downloader.home?.greet(link);
    uploader.fillSlots();
  }

  // ---- what they learn of us

  /** A piece is verified and stored. @param isWanted whoever has it was interesting for it */
  pieceKept(piece: number, isWanted: boolean): void {
    for (const link of this.links) {
      if (link.pieces?.get(piece)) {
        if (isWanted) {
          link.interesting--;
          link.setInterested(link.interesting > 0);
        }
      }
      // A seed has no use for it; everybody else counts copies.
      if (!link.isSeed) link.sendHave(piece);
    }
    this.#havesTimer ??= setTimeout(() => this.#tellHaves(), HAVES_EVERY_MS);
  }

  /** What is wanted is another set now. */
  recountInterest(): void {
    for (const link of this.links) this.#recountInterest(link);
  }

  /** All that is wanted is here. @param isComplete all there is, too: seeds are of no use any more */
  allKept(isComplete: boolean): void {
    this.#tellHaves();
    for (const link of [...this.links]) {
      if (link.isSeed && isComplete) link.close('both are complete');
      else this.parts!.uploader.greet(link);
    }
  }

  closeHost(host: string, reason: string): void {
    for (const link of [...this.links]) if (link.connection.host === host) link.close(reason);
  }

  closeAll(reason: string): void {
    for (const link of [...this.links]) link.close(reason);
  }

  /** Nothing is told later. */
  stopTimers(): void {
    if (this.#ackTimer) clearTimeout(this.#ackTimer);
    this.#ackTimer = null;
    if (this.#havesTimer) clearTimeout(this.#havesTimer);
    this.#havesTimer = null;
  }

  // ---- what they say

  onClosed(link: PeerLink): void {
    const { context, traffic } = this.#ground;
    this.links.delete(link);
    traffic.figures.left++;
    this.#ackDue.delete(link);
    this.parts?.sources.left(link);
    this.parts?.downloader.home?.left(link);
    const { pacer, scheduler } = lineTo(link.connection, context.uploads);
    pacer.closed(link.flight);
    this.parts?.downloader.dropLink(link);
    this.parts?.uploader.remove(link);
    if (link.pieces) this.#count(link.pieces, false);
    scheduler.pump();
    this.parts?.downloader.fillAll();
  }

  onDrained(link: PeerLink): void {
    this.parts?.uploader.wake(link);
  }

  onExtendedHandshake(link: PeerLink): void {
    this.parts?.uploader.greet(link);
    this.parts?.sources.greet(link);
    this.parts?.downloader.home?.greet(link);
    this.parts?.downloader.fill(link);
  }

  onChoke(link: PeerLink): void {
    if (link.peerChoking && !link.connection.fast) this.parts?.downloader.dropLink(link);
    this.parts?.downloader.fill(link);
    if (link.peerChoking) this.parts?.downloader.fillAll();
  }

  onInterest(link: PeerLink): void {
    if (this.parts) this.parts.uploader.interestChanged(link);
    else if (!link.peerInterested) link.setChoking(true);
  }

  onPieces(link: PeerLink, before: Bitfield | null): void {
    if (before) this.#count(before, false);
    if (link.pieces) this.#count(link.pieces, true);
    this.#recountInterest(link);
    this.parts?.uploader.fillSlots();
    this.#afterPieces(link);
  }

  onHave(link: PeerLink, piece: number, has: boolean): void {
    if (this.parts) countHave(this.parts.downloader.picker, link.pieces!, piece, has);
    if (has) this.parts?.sources.has(link, piece);
    if (has) this.parts?.downloader.home?.has(link, piece);
    if (this.#ground.selection.isInteresting(piece)) {
      link.interesting += has ? 1 : -1;
      link.setInterested(link.interesting > 0);
    }
    this.#afterPieces(link);
  }

  onRequests(link: PeerLink): void {
    this.parts?.uploader.wake(link);
  }

  onReject(link: PeerLink, key: number): void {
    this.parts?.downloader.rejected(link, key);
  }

  onBlockStart(link: PeerLink, key: number, length: number): Uint8Array | null {
    return this.parts?.downloader.blockStart(link, key, length) ?? null;
  }

  onBlockBytes(link: PeerLink, count: number): void {
    this.#ground.traffic.cameFromPeople(count);
    this.parts?.sources.fromPeople(count);
    if (!link.connection.speaksCrowd || this.#ackDue.has(link)) return;
    this.#ackDue.add(link);
    this.#ackTimer ??= setTimeout(() => this.#acknowledge(), ACK_EVERY_MS);
  }

  onBlockEnd(link: PeerLink, key: number, length: number, wanted: boolean): void {
    if (this.parts) this.parts.downloader.blockEnd(link, key, length, wanted);
    else this.#ground.traffic.wastedBytes += length;
  }

  onRead(link: PeerLink): void {
    if (link.unacknowledgedBytes >= Math.min(ACK_BYTES, ACK_FIRST_BYTES + link.receivedBlockBytes / 4)) link.acknowledge();
    this.parts?.downloader.fill(link);
  }

  onClaims(link: PeerLink, pieces: Iterable<number>, begun: boolean): void {
    this.parts?.sources.heard(link, pieces, begun);
    this.parts?.downloader.home?.heard(link, pieces, begun);
  }

  onAcknowledged(link: PeerLink, bytes: number): void {
    const { pacer, scheduler } = lineTo(link.connection, this.#ground.context.uploads);
    pacer.acknowledged(link.flight, bytes);
    scheduler.pump();
  }

  // ---- inner

  #count(pieces: Bitfield, add: boolean): void {
    if (this.parts) countPieces(this.parts.downloader.picker, pieces, add);
  }

  #recountInterest(link: PeerLink): void {
    if (!link.pieces) return;
    link.interesting = this.#ground.selection.interestIn(link.pieces);
    link.setInterested(link.interesting > 0);
  }

  #afterPieces(link: PeerLink): void {
    if (link.isSeed) {
      this.#ground.swarm.markSeed(link.connection.address);
      if (this.#ground.selection.isDone && this.parts?.store.have.isFull()) return link.close('both are complete');
    }
    this.parts?.downloader.fill(link);
  }

  #tellHaves(): void {
    if (this.#havesTimer) clearTimeout(this.#havesTimer);
    this.#havesTimer = null;
    for (const link of this.links) link.tellHaves();
  }

  #acknowledge(): void {
    this.#ackTimer = null;
    for (const link of this.#ackDue) link.acknowledge();
    this.#ackDue.clear();
  }
}
