// Keeps what is under way on the own uplink to what the line is seen to carry, so that the queue stays in our hands.
//
// A rate that follows from what is under way, and that from the rate, can sink by chance and stay there: whatever takes longer than the
// hold for another reason than our queue keeps it down for ever. The probe (hold-probe.ts) gets it out of there.
import { HoldProbe } from './hold-probe.ts';
import { BLOCK_LENGTH } from './wire-messages.ts';

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
/** What waited less than this part of the hold did not wait on our line; that is believed for so long. */
const QUICK_SHARE = 0.5;
const QUICK_FOR_MS = 1000;
/** So many times what our line may hold is believed to be elsewhere. */
const MOST_ELSEWHERE = 2;
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

/**
 * What waited so many holds longer than the quickest did not wait for our line, but for the one at the other end. Once may be chance: programs
 * answer late, too. Whoever is found slow so often gets a smaller window, until what it takes comes in time.
 */
const SLOW_HOLDS = 1.5;
const SLOW_AFTER = 2;
const MOST_SLOW = 4;
const IN_TIME_COUNTS = 0.25;
const WINDOW_SHRINKS = 0.5;
/** The quickest of so long counts. */
const QUICKEST_OF_MS = 250;

/** What is under way to one peer. */
export class Flight {
  inFlightBytes = 0;
  /** Shortest time seen between a write and its acknowledgement. */
  minRoundTripMs = Infinity;
  lastAckMs = 0;
  /** The peer says what has arrived. One that only asks for more does so when it likes, which tells nothing of its line. */
  tells = false;
  /** So much may be under way to it: what its own line takes in about the time that ours holds. */
  windowBytes = Infinity;
  /** Time between the write that was acknowledged last and that. */
  #lastDelayMs = Infinity;
  /** How often it was slow, of late. */
  #slow = 0;
  #slowAtMs = -Infinity;
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

  /** Something has arrived. @param mostMs what waited longer waited for the line at the other end @param underWayBytes until then */
  fitWindow(nowMs: number, mostMs: number, underWayBytes: number): void {
    if (this.waitedMs <= mostMs) {
      this.#slow = Math.max(0, this.#slow - IN_TIME_COUNTS);
      // Only a window that is used has shown that it is too small.
      if (underWayBytes * 2 > this.windowBytes) this.windowBytes += BLOCK_LENGTH;
    } else if (nowMs - this.#slowAtMs > this.#lastDelayMs) {
      this.#slowAtMs = nowMs;
      this.#slow = Math.min(MOST_SLOW, this.#slow + 1);
      if (this.#slow >= SLOW_AFTER) this.windowBytes = Math.max(BLOCK_LENGTH, Math.min(this.windowBytes, underWayBytes) * WINDOW_SHRINKS);
    }
  }

  /** What is sent to it waits for its own line, lately. */
  get isSlow(): boolean {
    return this.#slow >= 1;
  }

  /** What was acknowledged last waited so long: its time without that of the way. */
  get waitedMs(): number {
    return this.#lastDelayMs - this.minRoundTripMs;
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
      this.#lastDelayMs = atMs - write.atMs;
      this.minRoundTripMs = Math.min(this.minRoundTripMs, this.#lastDelayMs);
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
  readonly #judges: boolean;
  readonly #slices = new Float64Array(WINDOW_MS / SLICE_MS);
  #slice = 0;
  #inFlight = 0;
  #activeSinceMs = 0;
  #lastAckMs = -Infinity;
  #flights = new Set<Flight>();
  /** Those whose own line is what they wait for. */
  readonly #slow = new Set<Flight>();
  #minRoundTripMs = Infinity;
  readonly #probe = new HoldProbe();
  /** The rate of the last time that was longer than a start, and when that was. */
  #knownBytesPerSecond = 0;
  #knownAtMs = -Infinity;
  /** The best rate of the last minute, and when that was. */
  #peakBytesPerSecond = 0;
  #peakAtMs = -Infinity;
  /** When something arrived that had not waited. */
  #quickAtMs = -Infinity;
  // The least waiting since a time, and in the time before that.
  #leastFromMs = -Infinity;
  #leastMs = Infinity;
  #leastBeforeMs = Infinity;

  /**
   * @param now milliseconds
   * @param ablate `pacing`: nothing is held back; `taker-windows`: slow takers are treated as quick ones, to measure what that costs
   */
  constructor(now: () => number, ablate: ReadonlySet<string> = new Set()) {
    this.#now = now;
    this.#paces = !ablate.has('pacing');
    this.#judges = !ablate.has('taker-windows');
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
    const rate = this.#lineBytesPerSecond;
    return Math.max(LEAST_BYTES, rate * this.#holdSeconds(rate));
  }

  /** What the line is seen to carry; where what arrives does not wait on it, those who take are what is slow, and it carries what it did. */
  get #lineBytesPerSecond(): number {
    const best = this.bestBytesPerSecond;
    return this.#servesSlow && this.#isQuick && this.#now() - this.#peakAtMs < REMEMBER_MS ? Math.max(best, this.#peakBytesPerSecond) : best;
  }

  get #servesSlow(): boolean {
    for (const flight of this.#slow) if (flight.inFlightBytes > 0) return true;
    return false;
  }

  get #isQuick(): boolean {
    return this.#now() - this.#quickAtMs < QUICK_FOR_MS;
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
    return this.#paces ? this.capBytes - this.#onOurLine : Infinity;
  }

  /**
   * What may still be on our line. While something arrives without waiting, what others have had for long is not: it waits for the line at their
   * end, and keeps nobody from ours. That is believed of a part only, or a line that breaks down would be filled further.
   */
  get #onOurLine(): number {
    if (this.#slow.size === 0 || !this.#isQuick) return this.#inFlight;
    let elsewhere = 0;
    for (const flight of this.#slow) if (!this.keepsUp(flight)) elsewhere += flight.inFlightBytes;
    return elsewhere === 0 ? this.#inFlight : this.#inFlight - Math.min(elsewhere, MOST_ELSEWHERE * this.capBytes);
  }

  sent(flight: Flight, bytes: number): void {
    this.#flights.add(flight);
    flight.sent(bytes, this.#now());
    this.#inFlight += bytes;
  }

  acknowledged(flight: Flight, bytes: number): void {
    const before = this.#onOurLine;
    const toItBefore = flight.inFlightBytes;
    const taken = flight.acknowledged(bytes, this.#now());
    this.#inFlight -= taken;
    if (flight.inFlightBytes === 0) this.#flights.delete(flight);
    if (taken > 0 && this.#judges && flight.tells && Number.isFinite(flight.waitedMs)) this.#judge(flight, toItBefore);
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
    if (rate >= this.#peakBytesPerSecond || now - this.#peakAtMs >= REMEMBER_MS) {
      this.#peakBytesPerSecond = rate;
      this.#peakAtMs = now;
    }
    if (flight.waitedMs < HOLD_SECONDS * 1000 * QUICK_SHARE) this.#quickAtMs = now;
    this.#knownBytesPerSecond = rate;
    this.#knownAtMs = now;
    this.#probe.note(now, taken, before, this.#baseBytes(), MOST_HOLD_SECONDS / this.#holdSeconds(rate));
  }

  #judge(flight: Flight, underWayBytes: number): void {
    flight.fitWindow(this.#now(), this.#quickestMs(flight.waitedMs) + SLOW_HOLDS * HOLD_SECONDS * 1000, underWayBytes);
    if (flight.isSlow) this.#slow.add(flight);
    else this.#slow.delete(flight);
  }

  /** The least that anything waited lately: our own queue is not longer. */
  #quickestMs(waitedMs: number): number {
    const now = this.#now();
    if (now - this.#leastFromMs > QUICKEST_OF_MS) {
      this.#leastBeforeMs = now - this.#leastFromMs > 2 * QUICKEST_OF_MS ? Infinity : this.#leastMs;
      this.#leastMs = Infinity;
      this.#leastFromMs = now;
    }
    this.#leastMs = Math.min(this.#leastMs, waitedMs);
    return Math.min(this.#leastMs, this.#leastBeforeMs);
  }

  /** The connection is gone, and what was under way with it. */
  closed(flight: Flight): void {
    this.#slow.delete(flight);
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
