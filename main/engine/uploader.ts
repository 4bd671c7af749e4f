// The giving side of one torrent: whom to serve, what they wait for, and the reading of it ahead of its turn.
import { Choker, ROUND_MS } from './choker.ts';
import type { ChokeCandidate } from './choker.ts';
import type { PeerLink } from './peer-link.ts';
import type { RateLimit } from './rate-limit.ts';
import { GivingRecord } from './giving-record.ts';
import { SentMap } from './sent-map.ts';
import { lineTo } from './upload-line.ts';
import type { UploadLines } from './upload-line.ts';
import type { UploadClient, UploadScheduler } from './upload-scheduler.ts';
import type { Flight } from './uplink-pacer.ts';

export interface UploaderHost {
  readonly links: ReadonlySet<PeerLink>;
  readonly limit: RateLimit;
  readonly uploads: UploadLines;
  readonly now: () => number;
  readonly random: () => number;
  readonly pieceCount: number;
  readonly complete: boolean;
  /** Policies left out, to measure what they bring. */
  readonly ablate: ReadonlySet<string>;
  readonly uploadBytesPerSecond: number;
  pieceLength(piece: number): number;
  has(piece: number): boolean;
  read(piece: number, offset: number, length: number): Promise<Uint8Array>;
  onSent(link: PeerLink, bytes: number): void;
  onReadFailed(piece: number, error: unknown): void;
}

/** Read at once and kept while its blocks are sent. */
const SPAN_BYTES = 1024 * 1024;
/** Bytes in our process for one peer before we wait for its socket. */
const MAX_BUFFERED_BYTES = 768 * 1024;
/** uTP loses what comes in bursts, and then waits for a second. */
const MAX_BUFFERED_UTP_BYTES = 128 * 1024;
const SENT_MAP_BATCH_MS = 5;
const SPANS_KEPT = 3;
/** Looks at the uplink, one a second, before they say anything. */
const LEAST_LOOKS = 5;
/** A freeloader's piece counts as if it had left so often. */
const FREELOADER_COPIES = 1000;

/** The same for somebody who keeps from us what we want. */
const KEEPER_COPIES = 1;

interface Span { piece: number; from: number; data: Uint8Array | null; failed: boolean }

class LinkUploads implements UploadClient {
  readonly link: PeerLink;
  readonly giving: GivingRecord;
  readonly #host: UploaderHost;
  /** By piece: to whomever. */
  readonly #timesSent: Uint16Array;
  readonly scheduler: UploadScheduler;
  #spans: Span[] = [];

  constructor(link: PeerLink, host: UploaderHost, timesSent: Uint16Array) {
    this.link = link;
    this.#host = host;
    this.#timesSent = timesSent;
    this.scheduler = lineTo(link.connection, host.uploads).scheduler;
    this.giving = new GivingRecord(host.now());
  }

  get flight(): Flight {
    return this.link.flight;
  }

  get headPiece(): number {
    return this.link.waiting[0]?.piece ?? -1;
  }

  /** Freeloaders come behind everybody who waits; the uplink that nobody else needs is theirs. */
  get headSentBefore(): number {
    const head = this.link.waiting[0];
    const { peerChoking, amInterested } = this.link;
    const less = this.giving.freeloads ? FREELOADER_COPIES : peerChoking && amInterested ? KEEPER_COPIES : 0;
    return (head ? this.#timesSent[head.piece] ?? 0 : 0) + less;
  }

  get writable(): boolean {
    const { connection, closed } = this.link;
    const most = connection.transport === 'utp' ? MAX_BUFFERED_UTP_BYTES : MAX_BUFFERED_BYTES;
    return !closed && connection.bufferedBytes < most && (connection.isLocal || this.#host.limit.open);
  }

  get limitWaitMs(): number {
    return this.#host.limit.waitMs;
  }

  sendBlocks(piece: number, maxBytes: number): number {
    const { waiting } = this.link;
    let sent = 0;
    let taken = 0;
    while (taken < waiting.length) {
      const request = waiting[taken]!;
      if (request.piece !== piece || (sent > 0 && sent + request.length > maxBytes)) break;
      const data = this.#dataOf(request.piece, request.offset, request.length);
      if (data === 'reading') break;
      taken++;
      if (data === 'unreadable') {
        this.link.refuse(request);
        continue;
      }
      this.link.sendBlock(request, data);
      sent += request.length;
      if (sent >= maxBytes) break;
    }
    if (taken > 0) waiting.splice(0, taken);
    if (sent > 0 && waiting[0]?.piece !== piece && piece < this.#timesSent.length) this.#timesSent[piece]!++;
    this.#readAhead();
    if (sent > 0) {
      if (!this.link.connection.isLocal) this.#host.limit.take(sent);
      this.#host.onSent(this.link, sent);
    }
    return sent;
  }

  /** Starts reading what comes next, so that the turn finds it ready. */
  #readAhead(): void {
    const head = this.link.waiting[0];
    if (!head) return;
    this.#spanOf(head.piece, head.offset);
    const next = this.link.waiting.find((request) => request.piece !== head.piece);
    if (next) this.#spanOf(next.piece, next.offset);
  }

  #dataOf(piece: number, offset: number, length: number): Uint8Array | 'reading' | 'unreadable' {
    if (!this.#host.has(piece) || offset + length > this.#host.pieceLength(piece)) return 'unreadable';
    const span = this.#spanOf(piece, offset);
    if (span.failed) return 'unreadable';
    if (!span.data) return 'reading';
    const at = offset - span.from;
    if (at + length <= span.data.length) return span.data.subarray(at, at + length);
    // It crosses into the next span: rare, and only from clients that ask for odd blocks.
    const following = this.#spanOf(piece, span.from + SPAN_BYTES);
    if (following.failed) return 'unreadable';
    if (!following.data) return 'reading';
    const rest = at + length - span.data.length;
    return Buffer.concat([span.data.subarray(at), following.data.subarray(0, rest)]);
  }

  #spanOf(piece: number, offset: number): Span {
    const from = offset - (offset % SPAN_BYTES);
    const known = this.#spans.find((span) => span.piece === piece && span.from === from);
    if (known) return known;
    const span: Span = { piece, from, data: null, failed: false };
    this.#spans.push(span);
    if (this.#spans.length > SPANS_KEPT) this.#spans.shift();
    if (!this.#host.has(piece) || from >= this.#host.pieceLength(piece)) {
      span.failed = true;
      return span;
    }
    const length = Math.min(SPAN_BYTES, this.#host.pieceLength(piece) - from);
    this.#host.read(piece, from, length).then((data) => {
      span.data = data;
      if (!this.link.closed) this.scheduler.wake(this);
    }, (error: unknown) => {
      span.failed = true;
      this.#host.onReadFailed(piece, error);
      if (!this.link.closed) this.scheduler.wake(this);
    });
    return span;
  }

  release(): void {
    this.#spans = [];
  }
}

export class Uploader {
  readonly #host: UploaderHost;
  readonly #choker: Choker;
  readonly #uploads = new Map<PeerLink, LinkUploads>();
  readonly #sentMap: SentMap;
  /** How often each piece left us whole. */
  readonly #timesSent: Uint16Array;
  #sentTimer: NodeJS.Timeout | null = null;
  #nextRoundMs = 0;
  /** Since the last round, and how often nobody waited then. */
  #looks = 0;
  #idleLooks = 0;
  slots: number | null = null;
  serving = true;

  constructor(host: UploaderHost) {
    this.#host = host;
    this.#choker = new Choker(host.random);
    this.#sentMap = new SentMap(host.pieceCount);
    this.#timesSent = new Uint16Array(host.pieceCount);
  }

  add(link: PeerLink): void {
    this.#uploads.set(link, new LinkUploads(link, this.#host, this.#timesSent));
  }

  remove(link: PeerLink): void {
    const uploads = this.#uploads.get(link);
    if (!uploads) return;
    uploads.scheduler.remove(uploads);
    uploads.release();
    this.#uploads.delete(link);
    this.fillSlots();
  }

  stop(): void {
    if (this.#sentTimer) clearTimeout(this.#sentTimer);
    this.#sentTimer = null;
    for (const link of [...this.#uploads.keys()]) this.remove(link);
  }

  /** New requests wait, or the socket can take more. */
  wake(link: PeerLink): void {
    const uploads = this.#uploads.get(link);
    if (!uploads) return;
    const last = link.waiting.at(-1);
    if (last && last.piece !== link.lastPromisedPiece) {
      link.lastPromisedPiece = last.piece;
      if (!this.#host.has(last.piece)) {
        link.waiting.pop();
        link.refuse(last);
      } else this.#promised(last.piece);
    }
    uploads.scheduler.wake(uploads);
  }

  /** A newcomer that speaks our extension hears what has left us already. */
  greet(link: PeerLink): void {
    if (!this.#host.complete || !link.connection.speaksCrowd || link.isSeed || link.knowsOurSentMap) return;
    link.knowsOurSentMap = true;
    link.tellSent(this.#sentMap.all());
  }

  /** The peer wants something now, or nothing any more. */
  interestChanged(link: PeerLink): void {
    if (!link.peerInterested && !this.#choker.keeps(this.#candidates(), this.#options)) link.setChoking(true);
    this.fillSlots();
  }

  /** Gives free slots at once; every ten seconds the whole question is asked again. */
  fillSlots(): void {
    if (!this.serving) return;
    const given = this.#choker.fillFreeSlots(this.#candidates(), this.#options);
    if (given.length === 0) return;
    for (const link of this.#uploads.keys()) if (given.includes(link.id)) link.setChoking(false);
  }

  /** Once a second. */
  tick(): void {
    const now = this.#host.now();
    for (const [link, { giving }] of this.#uploads) {
      giving.note(now, { totalBytes: link.down.total, couldGive: link.interesting > 0 && (link.peerChoking || link.asked.size > 0), served: !link.amChoking });
    }
    this.#looks++;
    if (this.#host.uploads.internet.scheduler.isIdle) this.#idleLooks++;
    if (now < this.#nextRoundMs || this.#uploads.size === 0) return;
    this.#nextRoundMs = now + ROUND_MS;
    this.rechoke();
    this.#looks = 0;
    this.#idleLooks = 0;
  }

  rechoke(): void {
    const served = this.serving ? this.#choker.round(this.#candidates(), this.#options) : new Set<number>();
    for (const link of this.#uploads.keys()) {
      if (served.has(link.id)) link.setChoking(false);
      else if (link.peerInterested || !this.serving) link.setChoking(true);
    }
  }

  #candidates(): ChokeCandidate[] {
    const candidates: ChokeCandidate[] = [];
    for (const [link, { giving }] of this.#uploads) {
      candidates.push({
        id: link.id, interested: link.peerInterested && !link.isSeed, mayWant: this.#opensEarly && link.pieces !== null && !link.isSeed,
        // To somebody in the own network everything can be given beside what goes out over the line.
        patient: link.connection.speaksCrowd || link.connection.isLocal, unchoked: !link.amChoking,
        givesBytesPerSecond: giving.bytesPerSecond, freeloads: giving.freeloads && !link.connection.isLocal, takesBytesPerSecond: link.up.bytesPerSecond, unchokedAtMs: link.unchokedAtMs,
      });
    }
    return candidates;
  }

  get #options() {
    const { complete, uploadBytesPerSecond, ablate } = this.#host;
    const uplinkIdle = this.#looks >= LEAST_LOOKS && this.#idleLooks * 2 > this.#looks;
    return { slots: this.slots, complete, uploadBytesPerSecond, uplinkIdle, textbook: ablate.has('choker-slots'), noTrades: ablate.has('trade-slots'), fewSlots: ablate.has('many-slots') };
  }

  get #opensEarly(): boolean {
    return !this.#host.ablate.has('early-slots');
  }

  #promised(piece: number): void {
    if (!this.#host.complete || this.#host.ablate.has('sent-map')) return;
    this.#sentMap.add(piece);
    this.#sentTimer ??= setTimeout(() => {
      this.#sentTimer = null;
      const fresh = this.#sentMap.takeFresh();
      for (const link of this.#uploads.keys()) if (link.knowsOurSentMap && !link.isSeed) link.tellSent(fresh);
    }, SENT_MAP_BATCH_MS);
  }
}
