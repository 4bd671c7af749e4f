// The order and pace of uploads over all torrents: one piece to one peer at a time, never more under way than the line carries.
import type { Flight, UplinkPacer } from './uplink-pacer.ts';

/** A peer that asked for blocks. */
export interface UploadClient {
  readonly flight: Flight;
  /** The piece of the first waiting request, or -1. */
  readonly headPiece: number;
  /** How often we have sent that piece already. */
  readonly headSentBefore: number;
  /** The socket takes more, and the torrent's own limit allows it. */
  readonly writable: boolean;
  /** Milliseconds until the torrent's own limit allows more; 0 when it does. */
  readonly limitWaitMs: number;
  /**
   * Sends waiting blocks of one piece, at least one when its data is at hand.
   * @returns bytes sent; 0 when the data is still being read (wake the scheduler when it is there)
   */
  sendBlocks(piece: number, maxBytes: number): number;
}

export interface UploadLimit { readonly open: boolean; readonly waitMs: number; readonly bytesPerSecond?: number | null; take(bytes: number): void }

/** Written in one go; small enough that the pace holds, large enough that system calls are few. */
const BATCH_BYTES = 256 * 1024;
/** Under a limit a batch is no longer than this: in one lump it would wait in the router's queue, and everybody else behind it. */
const LIMITED_BATCH_SECONDS = 0.02;
const RETRY_MS = 20;
/** Whoever was passed over so often, and as often as there are others, counts as if its piece had been sent once less: nobody waits for ever. */
const PASSES_A_COPY = 8;
/** A block: less is not begun with. */
const LEAST_BYTES = 16 * 1024;
/** What a peer that takes slower than the line carries may have of the allowance. */
const SLOW_SHARE = 0.25;

export class UploadScheduler {
  readonly #pacer: UplinkPacer;
  readonly #limit: UploadLimit;
  readonly #pieceSerial: boolean;
  readonly #leastFirst: boolean;
  readonly #sparesCold: boolean;
  readonly #setTimer: (run: () => void, ms: number) => void;
  /** Those with waiting requests, in the order of their turn. */
  #turns: UploadClient[] = [];
  /** Each of them, and how often others were served although its turn had come before theirs. */
  readonly #waiting = new Map<UploadClient, number>();
  #current: UploadClient | null = null;
  #currentPiece = -1;
  /** The piece that was last begun for each, and when: what is begun goes before what is not. */
  readonly #begun = new Map<UploadClient, { piece: number; order: number }>();
  #order = 0;
  #timerSet = false;
  #pumping = false;

  /** @param ablate `piece-serial`, `least-sent-first`, `slow-start`: policies left out, to measure what they bring */
  constructor(pacer: UplinkPacer, limit: UploadLimit, setTimer: (run: () => void, ms: number) => void, ablate: ReadonlySet<string> = new Set()) {
    this.#pieceSerial = !ablate.has('piece-serial');
    this.#leastFirst = !ablate.has('least-sent-first') && this.#pieceSerial;
    this.#sparesCold = !ablate.has('slow-start') && this.#pieceSerial;
    this.#pacer = pacer;
    this.#limit = limit;
    this.#setTimer = setTimer;
  }

  /** Nobody waits for a turn. */
  get isIdle(): boolean {
    return this.#turns.length === 0;
  }

  /** The client has new requests, or can be written to again. */
  wake(client: UploadClient): void {
    this.#skipped.delete(client);
    if (client.headPiece >= 0 && !this.#waiting.has(client)) {
      this.#waiting.set(client, 0);
      this.#turns.push(client);
    }
    this.pump();
  }

  remove(client: UploadClient): void {
    this.#skipped.delete(client);
    this.#begun.delete(client);
    if (this.#current === client) this.#current = null;
    if (!this.#waiting.delete(client)) return;
    this.#turns = this.#turns.filter((other) => other !== client);
  }

  /** Sends while the line has room. Call it after every acknowledgement. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      this.#run();
    } finally {
      this.#pumping = false;
    }
  }

  #run(): void {
    while (this.#turns.length > 0) {
      const room = this.#pacer.room();
      if (room <= 0) return this.#later(RETRY_MS);
      if (!this.#limit.open) return this.#later(this.#limit.waitMs);
      const client = this.#next();
      if (!client) return this.#later(this.#soonest());
      const piece = client.headPiece;
      const sent = client.sendBlocks(piece, this.#pieceSerial ? Math.min(room, this.#batchBytes, this.#lineBytes(client)) : 1);
      if (sent === 0) {
        // Its data is on the way from the disk: others go on, it keeps its turn.
        if (client === this.#current && client.headPiece === piece) this.#skipped.add(client);
        continue;
      }
      this.#current = client;
      this.#currentPiece = piece;
      if (this.#begun.get(client)?.piece !== piece) this.#begun.set(client, { piece, order: this.#order++ });
      this.#limit.take(sent);
      this.#pacer.sent(client.flight, sent);
      if (client.headPiece < 0) this.#leave(client);
      else if (client.headPiece !== piece || !this.#pieceSerial) this.#toTheEnd(client);
    }
  }

  readonly #skipped = new Set<UploadClient>();

  /** The peer whose piece is under way, else whoever's turn it is. */
  #next(): UploadClient | null {
    const current = this.#current;
    if (current && this.#waiting.has(current) && current.headPiece === this.#currentPiece && this.#able(current)) return current;
    for (const client of this.#turns) if (client.headPiece < 0) this.#leave(client);
    const chosen = this.#first();
    if (!chosen) {
      this.#skipped.clear();
      return null;
    }
    if (!this.#isBegun(chosen)) {
      for (const client of this.#turns) {
        if (client === chosen) break;
        this.#waiting.set(client, this.#waiting.get(client)! + 1);
      }
      this.#waiting.set(chosen, 0);
    }
    this.#current = chosen;
    this.#currentPiece = chosen.headPiece;
    return chosen;
  }

  /**
   * Pieces that are begun go on in the order in which they were, where nobody's slow line makes that last; then those that we sent least: the copy that spreads a piece further before
   * the twelfth of one that is everywhere.
   */
  #first(): UploadClient | null {
    let best: UploadClient | null = null;
    let bestValue = Infinity;
    const passesACopy = Math.max(PASSES_A_COPY, this.#turns.length);
    for (const client of this.#turns) {
      let value = this.#leastFirst ? client.headSentBefore - Math.floor(this.#waiting.get(client)! / passesACopy) : 0;
      if (this.#sparesCold && this.#isBegun(client) && !client.flight.isSlow) value = this.#begun.get(client)!.order - Number.MAX_SAFE_INTEGER;
      if (value >= bestValue || !this.#able(client)) continue;
      best = client;
      bestValue = value;
    }
    return best;
  }

  #isBegun(client: UploadClient): boolean {
    return this.#begun.get(client)?.piece === client.headPiece;
  }

  /** What the connection can take now, where others wait. */
  #lineBytes({ flight }: UploadClient): number {
    const cold = this.#sparesCold && this.#turns.length > 1 ? flight.slowStartBytes : Infinity;
    return Math.max(LEAST_BYTES, Math.min(cold, flight.windowBytes - flight.inFlightBytes));
  }

  /** One slow peer must not hold the whole allowance while others wait; one that keeps up may, until its piece is done. */
  #able(client: UploadClient): boolean {
    if (this.#skipped.has(client) || !client.writable) return false;
    if (this.#turns.length === 1) return true;
    const { flight } = client;
    // While its connection is cold, others are begun beside it: each takes several ways there and back for its first piece.
    if (this.#sparesCold && flight.slowStartBytes < LEAST_BYTES) return false;
    if (flight.inFlightBytes >= flight.windowBytes) return false;
    return flight.inFlightBytes < this.#pacer.capBytes * SLOW_SHARE || this.#pacer.keepsUp(flight);
  }

  #soonest(): number {
    let soonest = RETRY_MS * 5;
    for (const client of this.#turns) soonest = Math.min(soonest, client.limitWaitMs || RETRY_MS);
    return soonest;
  }

  #leave(client: UploadClient): void {
    this.#waiting.delete(client);
    this.#turns = this.#turns.filter((other) => other !== client);
    if (this.#current === client) this.#current = null;
  }

  #toTheEnd(client: UploadClient): void {
    this.#turns = this.#turns.filter((other) => other !== client);
    this.#turns.push(client);
    this.#current = null;
  }

  get #batchBytes(): number {
    const limit = this.#limit.bytesPerSecond ?? null;
    return limit === null ? BATCH_BYTES : Math.min(BATCH_BYTES, Math.ceil(limit * LIMITED_BATCH_SECONDS));
  }

  #later(ms: number): void {
    if (this.#timerSet || !Number.isFinite(ms)) return;
    this.#timerSet = true;
    this.#setTimer(() => {
      this.#timerSet = false;
      this.#pacer.forgetOld();
      this.pump();
    }, Math.max(1, ms));
  }
}
