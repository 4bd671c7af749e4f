// Asks the update address of every package in turn: one timer, few questions at once, never two for one package.
import { createHash } from 'node:crypto';
import { ContractError } from '../../contract/index.ts';
import { afterAnswer, afterFailure, firstCheckAt, longestWaitMs, noPollState, PollState } from './update-schedule.ts';
import type { Pace, Random } from './update-schedule.ts';

export { PollState } from './update-schedule.ts';

/** What a question brought; `PackageFetcher.fetchPackage` answers like this. */
export type PollAnswer =
  | { notModified: true; bytes?: undefined; etag?: string | null; lastModified?: string | null; maxAgeSeconds?: number | null }
  | { notModified?: false | undefined; bytes: Uint8Array; etag: string | null; lastModified: string | null; maxAgeSeconds?: number | null };

export interface UpdatePollerOptions {
  /** Asks; rejects when there is no good answer, with `retryAfterSeconds` on the error where the server said so. */
  fetch(id: string, url: string, conditional: { etag: string | null; lastModified: string | null }, signal: AbortSignal): Promise<PollAnswer>;
  /** Bytes other than those of the last time. When it rejects they count as not received and are asked for again after a pause. */
  found(id: string, bytes: Uint8Array): Promise<void>;
  /** `state(id)`, `isChecking(id)` or `problem(id)` is another now. */
  changed(id: string): void;
  /** epoch ms; this machine's clock unless told */
  now?: () => number;
  random?: Random;
  /** Calls back once after so many ms; returns what stops it. */
  setTimer?: (callback: () => void, ms: number) => () => void;
}

const systemTimer = (callback: () => void, ms: number): (() => void) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};

export interface Watched {
  url: string;
  /** Length of a live package's segments; null for any other. */
  segmentSeconds: number | null;
  /** epoch ms */
  startsAt: number | null;
  /** From before a restart; null for a new one. Taken only when the package is not watched yet. */
  state: PollState | null;
  /** A live package that is paused is asked as seldom as any other. */
  paused?: boolean;
}

interface Entry {
  id: string;
  url: string;
  pace: Pace;
  state: PollState;
  /** Asked for by a person: before all others, and answered to them. */
  wanted: boolean;
  running: AbortController | null;
  /** Those who asked and want to know when it is answered. */
  waiting: { resolve: () => void; reject: (error: Error) => void }[];
  problem: Error | null;
}

const questionsAtOnce = 4;
/** The longest sleep: after it the clock is read again, which may have been set. */
const longestTimerMs = 3_600_000;

export class UpdatePoller {
  readonly #o: Required<UpdatePollerOptions>;
  readonly #entries = new Map<string, Entry>();
  /** By package: one that was broken off stays here until it has ended. */
  readonly #running = new Map<string, Promise<void>>();
  #stopTimer: (() => void) | null = null;
  #closed = false;

  constructor(options: UpdatePollerOptions) {
    this.#o = { now: Date.now, random: Math.random, setTimer: systemTimer, ...options };
  }

  /** Asks for this package from now on, or at another address or pace. Another address begins anew. */
  watch(id: string, watched: Watched): void {
    if (this.#closed) return;
    const known = this.#entries.get(id);
    const pace = { segmentSeconds: watched.paused ? null : watched.segmentSeconds, startsAt: watched.startsAt };
    if (known && known.url === watched.url) {
      if (known.pace.segmentSeconds === pace.segmentSeconds && known.pace.startsAt === pace.startsAt) return;
      known.pace = pace;
      if (!known.running) this.#plan(known, firstCheckAt(known.state, pace, this.#o.now(), this.#o.random));
      return;
    }
    known?.running?.abort();
    const state = PollState.safeParse(known ? null : watched.state).data ?? noPollState;
    const entry: Entry = { id, url: watched.url, pace, state, wanted: false, running: null, waiting: known?.waiting ?? [], problem: null };
    entry.wanted = entry.waiting.length > 0;
    this.#entries.set(id, entry);
    this.#plan(entry, firstCheckAt(state, pace, this.#o.now(), this.#o.random));
  }

  /** Asks no more; a question that is under way is broken off. */
  unwatch(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    entry.running?.abort();
    for (const { reject } of entry.waiting.splice(0)) reject(new ContractError('cancelled', 'This package is not watched any more.'));
    this.#next();
  }

  /** To be kept by the caller; null for what is not watched. */
  state(id: string): PollState | null {
    const entry = this.#entries.get(id);
    return entry ? { ...entry.state } : null;
  }

  isChecking(id: string): boolean {
    return Boolean(this.#entries.get(id)?.running);
  }

  /** Why the last question brought nothing good; null when it did, or when none was asked. */
  problem(id: string): Error | null {
    return this.#entries.get(id)?.problem ?? null;
  }

  /** Asks as soon as possible, or waits for the question that is under way. @throws what it failed with (then also `problem`) */
  checkNow(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) return Promise.reject(new ContractError('not-found', 'This package is not watched.'));
    return new Promise((resolve, reject) => {
      entry.waiting.push({ resolve, reject });
      entry.wanted = true;
      this.#next();
    });
  }

  /** Stops all; resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const id of [...this.#entries.keys()]) this.unwatch(id);
    this.#stopTimer?.();
    this.#stopTimer = null;
    await Promise.all(this.#running.values());
  }

  #plan(entry: Entry, at: number): void {
    entry.state = { ...entry.state, nextCheckAt: at };
    this.#o.changed(entry.id);
    this.#next();
  }

  // Starts what is due and sleeps until the next is.
  #next(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    if (this.#closed) return;
    const now = this.#o.now();
    const due = (entry: Entry) => (entry.wanted ? -Infinity : entry.state.nextCheckAt ?? now);
    const idle = [...this.#entries.values()].filter((entry) => !this.#running.has(entry.id));
    for (const entry of idle) {
      // The clock was set back since this was planned.
      if (due(entry) > now + longestWaitMs) entry.state = { ...entry.state, nextCheckAt: firstCheckAt(entry.state, entry.pace, now, this.#o.random) };
    }
    idle.sort((a, b) => due(a) - due(b));
    for (const entry of idle) {
      // Whoever hears of a question that starts may change what is watched, and so come here before this is through.
      if (this.#entries.get(entry.id) !== entry || this.#running.has(entry.id)) continue;
      if (this.#running.size >= questionsAtOnce) return; // the end of any of them leads here again
      if (due(entry) > now) {
        return this.#sleep(Math.min(due(entry) - now, longestTimerMs));
      }
      this.#start(entry);
    }
  }

  #sleep(ms: number): void {
    this.#stopTimer?.();
    this.#stopTimer = this.#o.setTimer(() => this.#next(), ms);
  }

  #start(entry: Entry): void {
    const abort = new AbortController();
    entry.wanted = false;
    entry.running = abort;
    const promise = this.#check(entry, abort.signal).finally(() => {
      this.#running.delete(entry.id);
      this.#next();
    });
    this.#running.set(entry.id, promise);
    this.#o.changed(entry.id);
  }

  async #check(entry: Entry, signal: AbortSignal): Promise<void> {
    const { now, random } = this.#o;
    let failure: Error | null = null;
    let maxAgeSeconds: number | null = null;
    let state = entry.state;
    try {
      const answer = await this.#o.fetch(entry.id, entry.url, { etag: state.etag, lastModified: state.lastModified }, signal);
      if (signal.aborted) return;
      maxAgeSeconds = answer.maxAgeSeconds ?? null;
      if (answer.bytes) {
        const digest = createHash('sha256').update(answer.bytes).digest('hex');
        const isNew = digest !== state.digest;
        if (isNew) await this.#o.found(entry.id, answer.bytes);
        if (signal.aborted) return;
        state = { ...state, etag: answer.etag, lastModified: answer.lastModified, digest, changedAt: isNew ? now() : state.changedAt };
      }
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      if (signal.aborted) return;
    }
    // Read again: the pace may have changed meanwhile.
    entry.state = failure
      ? afterFailure(state, entry.pace, retryAfterOf(failure), now(), random)
      : afterAnswer(state, entry.pace, maxAgeSeconds, now(), random);
    entry.problem = failure;
    entry.running = null;
    entry.wanted = false; // whoever asked meanwhile is answered with this
    this.#o.changed(entry.id);
    for (const { resolve, reject } of entry.waiting.splice(0)) if (failure) reject(failure); else resolve();
  }
}

function retryAfterOf(error: Error): number | null {
  const seconds = (error as { retryAfterSeconds?: unknown }).retryAfterSeconds;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}
