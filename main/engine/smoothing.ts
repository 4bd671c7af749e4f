// The gentle beginning towards web seeds and trusted seeders: a token bucket that ramps up over the first minutes of an event.
import type { SmoothingFigures } from '../../contract/figures.ts';
import type { SmoothingSpec } from './delivery-spec.ts';

export interface SmoothingClock {
  /** Milliseconds, never going backwards. */
  readonly now: () => number;
  /** Epoch milliseconds. */
  readonly epoch: () => number;
  /** 0..1 */
  readonly random: () => number;
}

/** How the last second went. */
export interface SmoothingLook {
  /** People connected who have something that is wanted. */
  people: number;
  /** The part of them that is busy sending to us, 0..1. */
  busyPeople: number;
  peopleBytesPerSecond: number;
  bytesPerSecond: number;
  /** People connected who fetch the same. */
  crowd: number;
  /** Nothing came from anybody for some seconds. */
  stalled: boolean;
  /** The thresholds ask for more (delivery-control.ts). */
  moreServer: boolean;
}

/** A line is taken for so fast until it has shown what it carries; */
const LEAST_LINE_BYTES_PER_SECOND = 2 * 1024 * 1024;
/** beside others for so fast: what counts there is what it can pass on. */
const CROWD_LINE_BYTES_PER_SECOND = 1024 * 1024;
/** Before the ramp each person waits a moment of their own: so long for each person expected, and never longer than the last. */
const SPREAD_MS_PER_PERSON = 100;
const UNKNOWN_SPREAD_MS = 500;
const MOST_SPREAD_MS = 8000;
/**
 * After each answer so many times as long as that took goes by before the next request: where a server is too narrow for the crowd its answers take long, and of
 * those who would wait for it at once the part 1 / (1 + this) is left. With more than one its line falls idle between.
 */
const REST_AFTER_ANSWER = 1;
const MOST_REST_MS = 10_000;
/** Each person's allowance differs by up to so much from the next one's. */
const RATE_JITTER = 0.2;
/** The crowd needs each piece from the origin once; so much more than a person's part of that leaves room for unlucky choices. */
const NEED_FACTOR = 1.5;
/** Nobody to fetch from for about so long: nobody is spared by waiting. */
const LONELY_MS = 2000;
const HUNGRY_BELOW = 0.5;
/** One look may be a waver: pieces take a moment to spread. */
const HUNGRY_LOOKS = 2;
const GROWTH = { hungry: 1.4, lonely: 2.2 };
/**
 * The ramp is for this many people together; where more are expected or connected each takes less, because each piece is needed once. Times a usual share at
 * the beginning of a tenth that is somewhat more than one line: a crowd that passes pieces on as fast as its lines carry needs one line of new ones.
 */
const SHARED_BY = 16;
const MOST_COUNTED = 64;
const DECAY = 0.9;
const MORE_SERVER_FACTOR = 2;
/** The bucket holds what comes in so long; a piece may overdraw it once. */
const BURST_SECONDS = 0.5;

export class Smoothing {
  readonly #spec: SmoothingSpec;
  readonly #clock: SmoothingClock;
  readonly #beginsAt: number; // epoch ms
  readonly #rateJitter: number;
  readonly #lonelyMs: number;
  #bestBytesPerSecond = 0;
  #need = 0;
  #crowd = 0;
  #hungryLooks = 0;
  #relief = 1;
  #beyondLine = 1;
  #moreServer = false;
  #aloneSinceMs: number | null;
  #tokens = 0;
  #filledAtMs: number;
  #refused = false;
  #restUntilMs = -Infinity;

  /** @param startedAt epoch ms: where the spec names no time, the ramp begins there */
  constructor(spec: SmoothingSpec, startedAt: number, clock: SmoothingClock) {
    this.#spec = spec;
    this.#clock = clock;
    const begin = spec.eventStartsAt ?? startedAt;
    const spread = Math.min(MOST_SPREAD_MS, spec.audience === null ? UNKNOWN_SPREAD_MS : spec.audience * SPREAD_MS_PER_PERSON);
    // Whoever is here before the crowd waits at its beginning; who comes later waits when they come.
    this.#beginsAt = begin;
    this.#rateJitter = 1 + (clock.random() * 2 - 1) * RATE_JITTER;
    this.#lonelyMs = LONELY_MS * (0.5 + clock.random());
    this.#aloneSinceMs = clock.now();
    this.#filledAtMs = clock.now() + Math.max(0, Math.max(begin, startedAt) - clock.epoch()) + clock.random() * spread;
  }

  get endsAt(): number {
    return this.#beginsAt + this.#spec.minutes * 60_000;
  }

  /** Before the crowd comes, and after the ramp, nothing is held back. */
  get active(): boolean {
    const now = this.#clock.epoch();
    return now >= this.#beginsAt && now < this.endsAt;
  }

  /** The part of the full demand that the ramp alone allows now. */
  get ramp(): number {
    const { minutes, startShare } = this.#spec;
    const passed = Math.min(1, Math.max(0, (this.#clock.epoch() - this.#beginsAt) / (minutes * 60_000)));
    return Math.min(1, startShare + (1 - startShare) * passed);
  }

  get allowedBytesPerSecond(): number {
    const line = this.#lineBytesPerSecond;
    const together = Math.max(this.#crowd + 1, Math.min(this.#spec.audience ?? 1, MOST_COUNTED));
    const factor = Math.min(1, SHARED_BY / together) * this.#relief * (this.#moreServer ? MORE_SERVER_FACTOR : 1) * this.#rateJitter;
    return Math.min(line * this.#beyondLine, Math.max((this.#crowd > 0 ? Math.max(CROWD_LINE_BYTES_PER_SECOND, this.#bestBytesPerSecond) : line) * this.ramp * factor, this.#need));
  }

  /** Whether anything may be asked for now. */
  get open(): boolean {
    if (!this.active) return true;
    this.#fill();
    if (this.#tokens > 0 && this.#restMs === 0) return true;
    this.#refused = true;
    return false;
  }

  /** A request is over, answered or not, after so long. */
  answered(ms: number): void {
    this.#restUntilMs = this.#clock.now() + Math.min(MOST_REST_MS, (REST_AFTER_ANSWER * ms) / this.#relief);
  }

  /** Since the last look something would have been asked for, but for the ramp. */
  get heldBack(): boolean {
    return this.active && this.#refused;
  }

  get waitMs(): number {
    if (!this.active) return 0;
    this.#fill();
    if (this.#tokens > 0) return Math.ceil(this.#restMs);
    return Math.max(1, this.#restMs, Math.max(0, this.#filledAtMs - this.#clock.now()) + Math.ceil(((1 - this.#tokens) * 1000) / Math.max(1, this.allowedBytesPerSecond)));
  }

  take(bytes: number): void {
    if (this.active) this.#tokens -= bytes;
  }

  /** What was asked for and did not come. */
  giveBack(bytes: number): void {
    if (this.active) this.#tokens = Math.min(this.#tokens + bytes, this.#burst);
  }

  /** Once a second. */
  look(look: SmoothingLook): void {
    const now = this.#clock.now();
    this.#fill();
    this.#bestBytesPerSecond = Math.max(this.#bestBytesPerSecond, look.bytesPerSecond);
    // A client's part of what the crowd needs from the origin, at the speed at which the others bring it the rest.
    const others = Math.max(look.crowd, (this.#spec.audience ?? 0) - 1, 1);
    this.#need = look.crowd > 0 ? (NEED_FACTOR * look.peopleBytesPerSecond) / others : 0;
    this.#moreServer = look.moreServer;
    this.#crowd = look.crowd;
    if (look.people > 0) this.#aloneSinceMs = null;
    else this.#aloneSinceMs ??= now;
    const alone = look.crowd === 0 && this.#aloneSinceMs !== null && now - this.#aloneSinceMs >= this.#lonelyMs;
    const lonely = alone || look.stalled;
    // Whose own moment is far off, and who finds nobody, spares nobody by waiting for it.
    if (lonely) this.#filledAtMs = Math.min(this.#filledAtMs, now);
    // A line that is held back cannot show how much more it carries.
    if (!alone) this.#beyondLine = 1;
    else if (this.#refused && this.allowedBytesPerSecond >= this.#lineBytesPerSecond) this.#beyondLine = Math.min(MOST_COUNTED, this.#beyondLine * GROWTH.lonely);
    const most = MOST_COUNTED / Math.max(0.001, this.ramp);
    this.#hungryLooks = this.#refused && look.busyPeople < HUNGRY_BELOW ? this.#hungryLooks + 1 : 0;
    if (this.#refused && lonely) this.#relief = Math.min(most, this.#relief * GROWTH.lonely * (0.75 + this.#clock.random() / 2));
    else if (this.#hungryLooks >= HUNGRY_LOOKS) this.#relief = Math.min(most, this.#relief * GROWTH.hungry * (0.85 + this.#clock.random() * 0.3));
    else if (!lonely && this.#hungryLooks === 0) this.#relief = Math.max(1, this.#relief * DECAY);
    this.#refused = false;
  }

  /** What is shown: null while nothing is held back. */
  figures(): SmoothingFigures | null {
    if (!this.active) return null;
    const allowed = this.allowedBytesPerSecond;
    return { share: Math.min(1, allowed / this.#lineBytesPerSecond), endsAt: Math.round(this.endsAt), allowedBytesPerSecond: Math.round(allowed) };
  }

  get #lineBytesPerSecond(): number {
    return Math.max(LEAST_LINE_BYTES_PER_SECOND, this.#bestBytesPerSecond);
  }

  get #restMs(): number {
    return Math.max(0, this.#restUntilMs - this.#clock.now());
  }

  get #burst(): number {
    return Math.max(1, this.allowedBytesPerSecond * BURST_SECONDS);
  }

  #fill(): void {
    const passed = this.#clock.now() - this.#filledAtMs;
    if (passed <= 0) return;
    this.#filledAtMs = this.#clock.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (passed * this.allowedBytesPerSecond) / 1000);
  }
}
