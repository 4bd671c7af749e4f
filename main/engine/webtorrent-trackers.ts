// The trackers of one torrent, all asked at once, each on its own, so that state, answer and timing are known one by one.
import { AnswerTimes } from './answer-times.ts';
import type { AnnounceFigures, TrackerState } from './carrier.ts';
import type { DiscoveryView } from './discovery-policy.ts';
import { HttpTrackerLine } from './tracker-line.ts';
import type { AnnounceEvent, FetchAnswer, TrackerAnswer, TrackerLine, TrackerLineHandler, TrackerLineOptions } from './tracker-line.ts';
import { MAX_PEERS_PER_ANSWER } from './tracker-http.ts';
import { LibraryTrackerLine } from './webtorrent-tracker-line.ts';

interface TrackerOptions {
  infoHash: string;
  peerId: string;
  userAgent: string;
  /** Asks http(s) trackers; without it there is no way to them. */
  fetchAnswer: FetchAnswer | undefined;
  port(): number;
  random(): number;
  figures(): AnnounceFigures;
  /** @param tracker host of the one that says so */
  onPeer(address: string, tracker: string): void;
  onSeenAs(address: string, tracker: string): void;
  /** A tracker answered or failed. */
  onChange(): void;
  /** Speaks to trackers over web sockets; without it the library says that it cannot. */
  openSocketLine?: ((options: TrackerLineOptions, handler: TrackerLineHandler) => TrackerLine) | undefined;
}

const MAX_TRACKERS = 100;
const DEFAULT_INTERVAL_MS = 30 * 60 * 1000;
/** A tracker that failed is asked again after this, doubling up to half an hour. */
const FIRST_RETRY_MS = 15_000;
/** A crowd that came in one second must not come back in one second: so much later at most, and never earlier than asked for. */
const JITTER_SHARE = 0.1;
const MAX_JITTER_MS = 180_000;
/** After a failure of the tracker everybody notices at the same time. */
const RETRY_JITTER_SHARE = 0.5;

class OneTracker implements TrackerLineHandler {
  readonly state: TrackerState;
  readonly #options: TrackerOptions;
  readonly #host: string;
  readonly #times = new AnswerTimes();
  #line: TrackerLine | null = null;
  /** How the last announce ended; null before the first one did. */
  outcome: 'working' | 'failed' | null = null;
  #askedAt = 0;
  #failuresInRow = 0;
  #peersLeft = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(url: string, tier: number, options: TrackerOptions) {
    this.#options = options;
    this.#host = URL.canParse(url) ? new URL(url).hostname : '';
    this.state = {
      url, tier, state: 'idle', message: null, seeders: null, leechers: null, lastAnswerAt: null, nextAnnounceAt: null, answerMs: null,
      answers: 0, failures: 0, medianAnswerMs: null,
    };
  }

  start(): void {
    if (this.#line) return;
    this.outcome = null;
    try {
      this.#line = this.#open();
    } catch (error) {
      this.failed(error instanceof Error ? error.message : 'This address is not a tracker.', null);
      return;
    }
    this.#announce('started');
  }

  stop(done: () => void = () => {}): void {
    const line = this.#line;
    this.#line = null;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.state.state = 'idle';
    this.state.nextAnnounceAt = null;
    if (line) line.close(done);
    else done();
  }

  get note(): string | null {
    return this.#line?.note ?? null;
  }

  announce(): void {
    // A tracker that never heard "started" is told that, not an update.
    this.#announce(this.state.answers === 0 ? 'started' : null);
  }

  completed(): void {
    this.#announce('completed');
  }

  answered({ intervalSeconds, seeders, leechers }: TrackerAnswer): void {
    const { state } = this;
    this.#failuresInRow = 0;
    this.outcome = 'working';
    state.state = 'working';
    state.message = null;
    state.seeders = seeders;
    state.leechers = leechers;
    state.lastAnswerAt = Date.now();
    state.answerMs = Math.round(performance.now() - this.#askedAt);
    this.#times.add(state.answerMs);
    state.answers++;
    state.medianAnswerMs = this.#times.median;
    this.#peersLeft = MAX_PEERS_PER_ANSWER;
    const ms = intervalSeconds ? Math.min(Math.max(intervalSeconds, 60), 7200) * 1000 : DEFAULT_INTERVAL_MS;
    this.#again(ms + this.#options.random() * Math.min(MAX_JITTER_MS, JITTER_SHARE * ms));
    this.#options.onChange();
  }

  failed(message: string, waitSeconds: number | null): void {
    this.outcome = 'failed';
    this.state.state = 'failed';
    this.state.failures++;
    this.state.message = message.slice(0, 200);
    const ms = Math.max(Math.min(DEFAULT_INTERVAL_MS, FIRST_RETRY_MS * 2 ** this.#failuresInRow++), Math.min(7200, waitSeconds ?? 0) * 1000);
    this.#again(ms * (1 + RETRY_JITTER_SHARE * this.#options.random()));
    this.#options.onChange();
  }

  peer(address: string): void {
    // The library hands on whatever a tracker sends.
    if (this.#peersLeft-- > 0) this.#options.onPeer(address, this.#host);
  }

  seenAs(address: string): void {
    this.#options.onSeenAs(address, this.#host);
  }

  #open(): TrackerLine {
    const { infoHash, peerId, userAgent, port, figures, fetchAnswer, openSocketLine } = this.#options;
    const { url } = this.state;
    const options = { url, infoHash, peerId, userAgent, port, figures };
    if (openSocketLine && /^wss?:/i.test(url)) return openSocketLine(options, this);
    if (!/^https?:/i.test(url)) return new LibraryTrackerLine(options, this);
    if (!fetchAnswer) throw new Error('Trackers on the web cannot be asked here.');
    return new HttpTrackerLine(options, fetchAnswer, this);
  }

  #announce(event: AnnounceEvent): void {
    if (!this.#line || (this.#line instanceof LibraryTrackerLine && !this.#line.canAnnounce)) return;
    this.#askedAt = performance.now();
    this.state.state = 'announcing';
    this.#again(DEFAULT_INTERVAL_MS);
    this.#line.announce(event);
  }

  #again(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#line) return;
    this.state.nextAnnounceAt = Math.round(Date.now() + ms);
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

  /** How many there are, and how their last announces ended. */
  get summary(): DiscoveryView['trackers'] {
    const outcomes = [...this.#trackers.values()].map(({ outcome }) => outcome);
    return { total: outcomes.length, working: outcomes.filter((one) => one === 'working').length, failed: outcomes.filter((one) => one === 'failed').length };
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
    return [...this.#trackers.values()].map(({ state, note }) => ({ ...state, message: state.message ?? note }));
  }
}
