// The way to one tracker: whoever announces does not care whether it goes over the web gate or through the library.
import { randomBytes } from 'node:crypto';
import type { AnnounceFigures } from './carrier.ts';
import type { Teller } from './peer-scrutiny.ts';
import { tellerAt } from './peer-scrutiny.ts';
import { announceUrl, MAX_ANSWER_BYTES, parseAnnounceAnswer } from './tracker-http.ts';

export type AnnounceEvent = 'started' | 'completed' | 'stopped' | null;

export interface TrackerAnswer { intervalSeconds: number | null; seeders: number | null; leechers: number | null }

export interface TrackerLineHandler {
  answered(answer: TrackerAnswer): void;
  /** @param waitSeconds how long the tracker itself wants to be left alone */
  failed(message: string, waitSeconds: number | null): void;
  peer(address: string): void;
  /** The tracker says under which address it sees us. */
  seenAs(address: string): void;
}

export interface TrackerLine {
  /** What people should know although the tracker works. */
  readonly note?: string | null;
  announce(event: AnnounceEvent): void;
  /** Says goodbye; `done` comes soon, whether it was heard or not. */
  close(done: () => void): void;
}

export interface TrackerLineOptions {
  url: string;
  infoHash: string;
  peerId: string;
  userAgent: string;
  port(): number;
  figures(): AnnounceFigures;
}

/**
 * Fetches a document of at most `maxBytes` from the web, with all that guards such a request; rejects with a sentence, the error may
 * carry `retryAfterSeconds`. @param near the address is one of this machine or its network, and may be asked
 */
export type FetchAnswer = (url: string, options: { maxBytes: number; timeoutMs: number; near: boolean; signal: AbortSignal }) => Promise<Uint8Array>;

export const PEERS_WANTED = 100;
const TIMEOUT_MS = 15_000;
const GOODBYE_MS = 1_000;

export class HttpTrackerLine implements TrackerLine {
  readonly #options: TrackerLineOptions;
  readonly #fetch: FetchAnswer;
  readonly #handler: TrackerLineHandler;
  readonly #key = randomBytes(4).toString('hex');
  readonly #closing = new AbortController();
  readonly #teller: Teller;
  #trackerId: string | null = null;
  #asked = 0;

  constructor(options: TrackerLineOptions, fetch: FetchAnswer, handler: TrackerLineHandler) {
    this.#options = options;
    this.#fetch = fetch;
    this.#handler = handler;
    this.#teller = tellerAt(new URL(options.url).hostname);
  }

  announce(event: AnnounceEvent): void {
    const turn = ++this.#asked;
    // Whoever was asked again meanwhile has a newer answer under way.
    const isLatest = (): boolean => turn === this.#asked && !this.#closing.signal.aborted;
    this.#ask(event, TIMEOUT_MS, this.#closing.signal).then((body) => {
      if (!isLatest()) return;
      const answer = parseAnnounceAnswer(body);
      this.#trackerId = answer.trackerId ?? this.#trackerId;
      this.#handler.answered(answer);
      for (const peer of answer.peers) this.#handler.peer(peer);
      if (answer.ownAddress !== null) this.#handler.seenAs(answer.ownAddress);
    }).catch((error: unknown) => {
      if (!isLatest()) return;
      const wait = (error as { retryAfterSeconds?: unknown } | null)?.retryAfterSeconds;
      this.#handler.failed(error instanceof Error ? error.message : 'The tracker did not answer.', typeof wait === 'number' ? wait : null);
    });
  }

  close(done: () => void): void {
    this.#closing.abort();
    if (this.#asked === 0) return done();
    void this.#ask('stopped', GOODBYE_MS, AbortSignal.timeout(GOODBYE_MS)).catch(() => undefined).then(done);
  }

  #ask(event: AnnounceEvent, timeoutMs: number, signal: AbortSignal): Promise<Uint8Array> {
    const { url, infoHash, peerId, port, figures } = this.#options;
    const wanted = event === 'stopped' ? 0 : PEERS_WANTED;
    const address = announceUrl(url, { infoHash, peerId, port: port(), ...figures(), wanted, key: this.#key, event, trackerId: this.#trackerId });
    return this.#fetch(address, { maxBytes: MAX_ANSWER_BYTES, timeoutMs, near: this.#teller !== 'internet', signal });
  }
}

/** A number of an answer that came as a value already: of people, of seconds. null for anything else. */
export function readCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
