// The trackers of one torrent, each with a client of its own, so that state, answer and timing are known one by one.
import { Client } from 'bittorrent-tracker';
import type { AnnounceFigures, TrackerState } from './carrier.ts';

interface TrackerOptions {
  infoHash: string;
  peerId: string;
  userAgent: string;
  port(): number;
  figures(): AnnounceFigures;
  onPeer(address: string): void;
}

const MAX_TRACKERS = 100;
const PEERS_WANTED = 100;
const DEFAULT_INTERVAL_MS = 30 * 60 * 1000;
/** A tracker that failed is asked again after this, doubling up to half an hour. */
const FIRST_RETRY_MS = 15_000;

class OneTracker {
  readonly state: TrackerState;
  readonly #options: TrackerOptions;
  #client: Client | null = null;
  #askedAt = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(url: string, tier: number, options: TrackerOptions) {
    this.#options = options;
    this.state = {
      url, tier, state: 'idle', message: null, seeders: null, leechers: null, lastAnswerAt: null, nextAnnounceAt: null, answerMs: null,
    };
  }

  start(): void {
    if (this.#client) return;
    const { infoHash, peerId, userAgent } = this.#options;
    let client: Client;
    try {
      client = new Client({
        infoHash, peerId, userAgent, announce: [this.state.url], port: this.#options.port(), wrtc: false,
        getAnnounceOpts: () => ({ ...this.#options.figures(), numwant: PEERS_WANTED }),
      });
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : 'This address is not a tracker.');
      return;
    }
    this.#client = client;
    client.on('warning', (error: Error) => this.#failed(error.message));
    client.on('error', (error: Error) => this.#failed(error.message));
    client.on('update', (answer: Record<string, unknown>) => this.#answered(answer));
    client.on('peer', (address: unknown) => {
      if (typeof address === 'string') this.#options.onPeer(address);
    });
    for (const tracker of client._trackers) containRejections(tracker);
    if (client._trackers.length === 0) return;
    this.#announcing();
    client.start();
    // The library's own timer knows neither failures nor our state: ours is the only one.
    for (const tracker of client._trackers) clearInterval(tracker.interval as NodeJS.Timeout);
  }

  stop(done?: () => void): void {
    const client = this.#client;
    this.#client = null;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.state.state = 'idle';
    this.state.nextAnnounceAt = null;
    if (!client) return done?.();
    client.removeAllListeners();
    client.on('error', () => {});
    client.on('warning', () => {});
    if (client._trackers.length > 0) client.stop();
    client.destroy(() => done?.());
  }

  announce(): void {
    if (!this.#client || this.#client._trackers.length === 0) return;
    this.#announcing();
    this.#client.update();
  }

  completed(): void {
    if (!this.#client || this.#client._trackers.length === 0) return;
    this.#announcing();
    this.#client.complete();
  }

  #announcing(): void {
    this.#askedAt = performance.now();
    this.state.state = 'announcing';
    this.#again(DEFAULT_INTERVAL_MS);
  }

  #answered(answer: Record<string, unknown>): void {
    const { state } = this;
    this.#failures = 0;
    state.state = 'working';
    state.message = null;
    state.seeders = count(answer.complete);
    state.leechers = count(answer.incomplete);
    state.lastAnswerAt = Date.now();
    state.answerMs = Math.round(performance.now() - this.#askedAt);
    for (const tracker of this.#client?._trackers ?? []) clearInterval(tracker.interval as NodeJS.Timeout);
    const seconds = count(answer.interval) ?? count(answer['min interval']);
    this.#again(seconds ? Math.min(Math.max(seconds, 60), 7200) * 1000 : DEFAULT_INTERVAL_MS);
  }

  #failed(message: string): void {
    this.state.state = 'failed';
    this.state.message = message.slice(0, 200);
    this.#again(Math.min(DEFAULT_INTERVAL_MS, FIRST_RETRY_MS * 2 ** this.#failures++));
  }

  #again(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.state.nextAnnounceAt = Date.now() + ms;
    this.#timer = setTimeout(() => this.announce(), ms);
    this.#timer.unref();
  }
}

export class SwarmTrackers {
  readonly #options: TrackerOptions;
  #trackers = new Map<string, OneTracker>();
  #running = false;

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  /** Keeps those that stay, says goodbye to those that go. */
  set(tiers: string[][]): void {
    const next = new Map<string, OneTracker>();
    tiers.forEach((tier, number) => {
      for (const url of tier) {
        if (next.size >= MAX_TRACKERS || next.has(url)) continue;
        const known = this.#trackers.get(url);
        if (known) known.state.tier = number;
        next.set(url, known ?? new OneTracker(url, number, this.#options));
      }
    });
    for (const [url, tracker] of this.#trackers) if (!next.has(url)) tracker.stop();
    this.#trackers = next;
    if (this.#running) for (const tracker of next.values()) tracker.start();
  }

  start(): void {
    this.#running = true;
    for (const tracker of this.#trackers.values()) tracker.start();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all([...this.#trackers.values()].map((tracker) => new Promise<void>((resolve) => tracker.stop(resolve))));
  }

  announce(): void {
    for (const tracker of this.#trackers.values()) tracker.announce();
  }

  completed(): void {
    for (const tracker of this.#trackers.values()) tracker.completed();
  }

  states(): TrackerState[] {
    return [...this.#trackers.values()].map(({ state }) => ({ ...state }));
  }
}

/** The library's HTTP client lets a broken answer reject into nothing, which would end the process. */
function containRejections(tracker: { _request?: (...args: unknown[]) => unknown }): void {
  const request = tracker._request;
  if (!request) return;
  tracker._request = (...args: unknown[]) => {
    const done = args.at(-1);
    const result = request.apply(tracker, args);
    if (result instanceof Promise) {
      result.catch((error: unknown) => {
        if (typeof done === 'function') done(error instanceof Error ? error : new Error('The tracker did not answer.'));
      });
    }
  };
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
