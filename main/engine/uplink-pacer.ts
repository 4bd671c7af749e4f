// Keeps what is under way on the own uplink to what the line is seen to carry, so that the queue stays in our hands.
//
// A rate that follows from what is under way, and that from the rate, can sink by chance and stay there: whatever takes longer than the
// hold for another reason than our queue keeps it down for ever. The probe (hold-probe.ts) gets it out of there.
import { HoldProbe } from './hold-probe.ts';

/** At least this much of the best rate seen is under way, most of it in the line's buffer. */
const HOLD_SECONDS = 0.11;
/** On a long line the buffer holds this much beside what travels, which has something to spare so that the rate can grow. */
const QUEUE_SECONDS = 0.08;
const TRAVEL_FACTOR = 1.5;
const WINDOW_MS = 3000;
const SLICE_MS = 100;
const WINDOW_SLICES = 10;
/** Three times what the line may hold: a peer that needs longer is slower than the line. */
const KEEPS_UP_MS = 330;
/** Two blocks, so that the next one is there when one has left; on a line of 1 Mbit/s that is a quarter of a second already. */
const LEAST_BYTES = 20 * 1024;
/**
 * While nobody knows the line yet, a whole second of what it did so far may be under way, within these: TCP's own start is slow on a
 * long way, and several connections start faster than one.
 */
const START_MS = 2000;
const START_SECONDS = 1;
const START_LEAST_BYTES = 128 * 1024;
const START_MOST_BYTES = 512 * 1024;
/** A line that was at rest for less than this is known: no burst goes ahead of the first rate. */
const REMEMBER_MS = 60_000;
const REMEMBERED_SECONDS = 0.3;
/** Longer than this nothing is held, however late the acknowledgements come. */
const MOST_HOLD_SECONDS = 0.8;
/** A block's own time on the line is no way to travel, nor is that of the one before it. */
const OWN_BYTES = 24 * 1024;
/** A connection that nothing has come through yet takes about this in its first moment (RFC 6928: ten segments), and as much again as has arrived. */
const COLD_BYTES = 32 * 1024;
/** Bytes nobody acknowledged for so long are taken as arrived. */
const FORGET_MS = 2000;
/** The same for a peer that has no way to acknowledge, counted from when the system had taken all of it. */
const FORGET_SILENT_MS = 50;

/** What is under way to one peer. */
export class Flight {
  inFlightBytes = 0;
  /** Shortest time seen between a write and its acknowledgement. */
  minRoundTripMs = Infinity;
  lastAckMs = 0;
  /**
   * Whether the peer cannot acknowledge and the system has taken all that was written. Such a peer tells by its next
   * request, but one that has asked for much more than it now wants is silent for long.
   */
  isSilent: () => boolean = () => false;
  /** Writes not yet acknowledged, oldest first. */
  readonly #sent: { bytes: number; atMs: number }[] = [];
  #head = 0;
  #arrivedBytes = 0;

  lastSentMs = 0;

  /** What TCP's slow start lets through now, beside what is under way; more would only wait in the system's buffer, and keep others from the line. */
  get slowStartBytes(): number {
    return COLD_BYTES + this.#arrivedBytes - this.inFlightBytes;
  }

  sent(bytes: number, atMs: number): void {
    this.lastSentMs = atMs;
    this.inFlightBytes += bytes;
    this.#sent.push({ bytes, atMs });
  }

  /** When the oldest write that is not acknowledged was made; Infinity when there is none. */
  get oldestAtMs(): number {
    return this.#sent[this.#head]?.atMs ?? Infinity;
  }

  /** @returns how many of the bytes were really under way */
  acknowledged(bytes: number, atMs: number): number {
    const taken = Math.min(bytes, this.inFlightBytes);
    if (taken === 0) return 0;
    this.inFlightBytes -= taken;
    this.#arrivedBytes += taken;
    this.lastAckMs = atMs;
    let rest = taken;
    while (rest > 0 && this.#head < this.#sent.length) {
      const write = this.#sent[this.#head]!;
      const part = Math.min(rest, write.bytes);
      write.bytes -= part;
      rest -= part;
      if (write.bytes > 0) break;
      this.minRoundTripMs = Math.min(this.minRoundTripMs, atMs - write.atMs);
      this.#head++;
    }
    if (this.#head > 256 && this.#head * 2 > this.#sent.length) {
      this.#sent.splice(0, this.#head);
      this.#head = 0;
    }
    return taken;
  }
}

export class UplinkPacer {
  readonly #now: () => number;
  readonly #paces: boolean;
  readonly #slices = new Float64Array(WINDOW_MS / SLICE_MS);
  #slice = 0;
  #inFlight = 0;
  #activeSinceMs = 0;
  #lastAckMs = -Infinity;
  #flights = new Set<Flight>();
  #minRoundTripMs = Infinity;
  readonly #probe = new HoldProbe();
  /** The rate of the last time that was longer than a start, and when that was. */
  #knownBytesPerSecond = 0;
  #knownAtMs = -Infinity;

  /**
   * @param now milliseconds
   * @param ablate `pacing`: nothing is held back, to measure what that costs
   */
  constructor(now: () => number, ablate: ReadonlySet<string> = new Set()) {
    this.#now = now;
    this.#paces = !ablate.has('pacing');
    this.#slice = Math.floor(now() / SLICE_MS);
  }

  get inFlightBytes(): number {
    return this.#inFlight;
  }

  /** The most that may be under way to all peers together. */
  get capBytes(): number {
    const known = this.#probe.allowedBytes(this.#baseBytes());
    if (!this.#isStarting) return known;
    return Math.max(known, Math.min(START_MOST_BYTES, Math.max(this.#startLeastBytes, this.bestBytesPerSecond * START_SECONDS)));
  }

  get #isStarting(): boolean {
    const now = this.#now();
    return now - this.#lastAckMs > WINDOW_MS || now - this.#activeSinceMs < START_MS;
  }

  get #startLeastBytes(): number {
    const isKnown = this.#now() - this.#knownAtMs < REMEMBER_MS;
    return isKnown ? Math.min(START_LEAST_BYTES, Math.max(LEAST_BYTES, this.#knownBytesPerSecond * REMEMBERED_SECONDS)) : START_LEAST_BYTES;
  }

  /** What the rate allows, before the probe has its say. */
  #baseBytes(): number {
    const rate = this.bestBytesPerSecond;
    return Math.max(LEAST_BYTES, rate * this.#holdSeconds(rate));
  }

  #holdSeconds(bytesPerSecond: number): number {
    if (!Number.isFinite(this.#minRoundTripMs)) return HOLD_SECONDS;
    const travelSeconds = Math.min(1, this.#minRoundTripMs / 1000 - OWN_BYTES / bytesPerSecond);
    return Math.max(HOLD_SECONDS, QUEUE_SECONDS + TRAVEL_FACTOR * travelSeconds);
  }

  /**
   * The best rate delivered over a full second of the last three: acknowledgements come in lumps, and a shorter window
   * would take a lump for a faster line. In the first second, the rate so far.
   */
  get bestBytesPerSecond(): number {
    this.#advance();
    const count = this.#slices.length;
    let sum = 0;
    let best = 0;
    for (let i = 0; i < count; i++) {
      sum += this.#slices[(this.#slice + 1 + i) % count]!;
      if (i >= WINDOW_SLICES) sum -= this.#slices[(this.#slice + 1 + i - WINDOW_SLICES) % count]!;
      best = Math.max(best, sum);
    }
    const activeMs = this.#now() - this.#activeSinceMs;
    const windowMs = Math.min(WINDOW_SLICES * SLICE_MS, Math.max(SLICE_MS, activeMs));
    return (best * 1000) / windowMs;
  }

  /** Whether what is under way to a peer arrives about as fast as the line carries it. */
  keepsUp(flight: Flight): boolean {
    const roundTripMs = Number.isFinite(flight.minRoundTripMs) ? flight.minRoundTripMs : 100;
    return this.#now() - flight.oldestAtMs < KEEPS_UP_MS * this.#probe.gain + 2 * Math.min(1000, roundTripMs);
  }

  room(): number {
    return this.#paces ? this.capBytes - this.#inFlight : Infinity;
  }

  sent(flight: Flight, bytes: number): void {
    this.#flights.add(flight);
    flight.sent(bytes, this.#now());
    this.#inFlight += bytes;
  }

  acknowledged(flight: Flight, bytes: number): void {
    const before = this.#inFlight;
    const taken = flight.acknowledged(bytes, this.#now());
    this.#inFlight -= taken;
    if (flight.inFlightBytes === 0) this.#flights.delete(flight);
    if (flight.minRoundTripMs < this.#minRoundTripMs) this.#minRoundTripMs = flight.minRoundTripMs;
    this.#advance();
    const now = this.#now();
    // After a silence longer than all that is remembered it begins anew.
    if (now - this.#lastAckMs > WINDOW_MS) {
      this.#activeSinceMs = now - SLICE_MS;
      this.#probe.reset(now);
    }
    this.#lastAckMs = now;
    this.#slices[this.#slice % this.#slices.length]! += taken;
    if (this.#isStarting) return;
    const rate = this.bestBytesPerSecond;
    this.#knownBytesPerSecond = rate;
    this.#knownAtMs = now;
    this.#probe.note(now, taken, before, this.#baseBytes(), MOST_HOLD_SECONDS / this.#holdSeconds(rate));
  }

  /** The connection is gone, and what was under way with it. */
  closed(flight: Flight): void {
    this.#release(flight);
  }

  #release(flight: Flight): void {
    this.#inFlight -= flight.acknowledged(flight.inFlightBytes, this.#now());
    this.#flights.delete(flight);
  }

  /**
   * Takes what nobody acknowledged for long as arrived: a peer that asks for nothing more tells us nothing more. Of one that could
   * have told, it counts for no rate: with a long queue it is still on its way.
   */
  forgetOld(): void {
    const now = this.#now();
    for (const flight of this.#flights) {
      const quietMs = now - Math.max(flight.lastAckMs, flight.lastSentMs);
      if (flight.isSilent()) {
        if (quietMs > FORGET_SILENT_MS) this.acknowledged(flight, flight.inFlightBytes);
      } else if (quietMs > FORGET_MS) this.#release(flight);
    }
  }

  #advance(): void {
    const current = Math.floor(this.#now() / SLICE_MS);
    if (current - this.#slice >= this.#slices.length) this.#slices.fill(0);
    else for (let slice = this.#slice + 1; slice <= current; slice++) this.#slices[slice % this.#slices.length] = 0;
    this.#slice = current;
  }
}
