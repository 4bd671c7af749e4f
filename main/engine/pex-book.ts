// Keeps for one connection what was told and heard about other peers, and how often: the pace and the measure of BEP 11.
import type { PexMessage, PexPeer } from './pex-messages.ts';
import { PEX_MAX_PER_MESSAGE, decodePex } from './pex-messages.ts';

/** The first message of a new acquaintance comes soon, all others once a minute at most. */
export const PEX_FIRST_MS = 5_000;
export const PEX_INTERVAL_MS = 60_000;
/** Where there was nothing new to tell. */
const LOOK_AGAIN_MS = 10_000;
/** Others count their minutes with clocks of their own, and lines delay a message more or less. */
const ACCEPT_AFTER_MS = 50_000;
/** Messages that came too soon are ignored; with so many of them in a row it is an attack. */
const MAX_IGNORED = 20;
const MAX_WAITING = 200;

export class PexBook {
  readonly #now: () => number;
  readonly #told = new Set<string>();
  #nextSendMs: number;
  #acceptFromMs = -Infinity;
  #ignored = 0;
  #waiting: string[] = [];

  /** @param jitter 0..1: a crowd that connects together does not tell everything in one moment */
  constructor(now: () => number, jitter: number) {
    this.#now = now;
    this.#nextSendMs = now() + PEX_FIRST_MS * (1 + jitter / 2);
  }

  /** When the next message may go out. */
  get isDue(): boolean {
    return this.#now() >= this.#nextSendMs;
  }

  /**
   * What is new since the last message, at most 50 each; null when nothing is. It counts as told.
   * @param known all that this peer may be told of
   */
  tell(known: readonly PexPeer[]): { added: PexPeer[]; dropped: string[] } | null {
    const present = new Set(known.map(({ address }) => address));
    const added = known.filter(({ address }) => !this.#told.has(address)).slice(0, PEX_MAX_PER_MESSAGE);
    const dropped = [...this.#told].filter((address) => !present.has(address)).slice(0, PEX_MAX_PER_MESSAGE);
    if (added.length === 0 && dropped.length === 0) {
      this.#nextSendMs = this.#now() + LOOK_AGAIN_MS;
      return null;
    }
    for (const { address } of added) this.#told.add(address);
    for (const address of dropped) this.#told.delete(address);
    this.#nextSendMs = this.#now() + PEX_INTERVAL_MS;
    return { added, dropped };
  }

  /** @returns what the message says; 'ignored' when it is malformed or too early, 'flood' when that happens without an end */
  hear(payload: Uint8Array): PexMessage | 'ignored' | 'flood' {
    const now = this.#now();
    const message = now >= this.#acceptFromMs ? decodePex(payload) : null;
    if (!message) return ++this.#ignored > MAX_IGNORED ? 'flood' : 'ignored';
    this.#acceptFromMs = now + ACCEPT_AFTER_MS;
    this.#ignored = 0;
    return message;
  }

  /** Keeps what came while this way of finding people rests. */
  keep({ added, dropped }: PexMessage): void {
    const gone = new Set(dropped);
    this.#waiting = [...new Set([...this.#waiting.filter((address) => !gone.has(address)), ...added])].slice(-MAX_WAITING);
  }

  /** What was kept; it is kept no longer. */
  takeKept(): string[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }
}
