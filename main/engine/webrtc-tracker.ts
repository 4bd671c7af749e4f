// A tracker over a web socket, as browsers use them: it counts like any other, and hands offers and answers between strangers.
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { WebSocket } from 'ws';
import { readCount } from './tracker-line.ts';
import type { AnnounceEvent, TrackerLine, TrackerLineHandler, TrackerLineOptions } from './tracker-line.ts';

export interface SocketTrackerLineOptions extends TrackerLineOptions {
  lookup: LookupFunction;
  mayAsk(address: string): boolean;
  /** What else people should know while this tracker works. */
  note(): string | null;
  /** A stranger's offer; resolves with our answer, or null for none. */
  onOffer(offer: unknown): Promise<string | null>;
  onAnswer(offerId: string, answer: unknown): void;
  onClosed(line: SocketTrackerLine): void;
}

/** @param id 40 hex digits */
export interface Offer { id: string; sdp: string }

const MAX_MESSAGE_BYTES = 64 * 1024;
/** Messages of a tracker that are read in a minute; more is no tracker. */
const MAX_MESSAGES_PER_MINUTE = 600;
const CONNECT_MS = 15_000;
/** An announce without an answer has failed. */
const ANSWER_MS = 20_000;
const GOODBYE_MS = 500;

export class SocketTrackerLine implements TrackerLine {
  readonly #options: SocketTrackerLineOptions;
  readonly #handler: TrackerLineHandler;
  #socket: WebSocket | null = null;
  /** How many others the tracker knows; each can take one offer. */
  others = 1;
  #event: AnnounceEvent = null;
  #closed = false;
  #awaiting: NodeJS.Timeout | null = null;
  #minute = { startedAt: 0, messages: 0 };

  constructor(options: SocketTrackerLineOptions, handler: TrackerLineHandler) {
    this.#options = options;
    this.#handler = handler;
  }

  get note(): string | null {
    return this.#options.note();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  announce(event: AnnounceEvent): void {
    if (this.#closed) return;
    this.#event = event;
    if (this.isOpen) this.#announce(this.#socket!);
    else if (!this.#socket) this.#connect();
  }

  close(done: () => void): void {
    this.#closed = true;
    this.#answerCame();
    this.#options.onClosed(this);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return done();
    const timer = setTimeout(() => socket.terminate(), GOODBYE_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      done();
    });
    if (socket.readyState !== WebSocket.OPEN) return socket.terminate();
    this.#send(socket, { event: 'stopped' });
    socket.close();
  }

  offer(offers: Offer[]): void {
    if (!this.isOpen || offers.length === 0) return;
    this.#send(this.#socket!, { numwant: offers.length, offers: offers.map(({ id, sdp }) => ({ offer: { type: 'offer', sdp }, offer_id: binary(id) })) });
  }

  #connect(): void {
    const { url, lookup, mayAsk, userAgent } = this.#options;
    let socket: WebSocket;
    try {
      const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
      if (isIP(host) !== 0 && !mayAsk(host)) throw new Error('This tracker is in your own network; allow local networks in the settings if that is meant.');
      socket = new WebSocket(url, {
        lookup, handshakeTimeout: CONNECT_MS, maxPayload: MAX_MESSAGE_BYTES, followRedirects: false, perMessageDeflate: false, headers: { 'user-agent': userAgent },
      });
    } catch (error) {
      return this.#handler.failed(error instanceof Error ? error.message : 'This address is not a tracker.', null);
    }
    this.#socket = socket;
    let reason = 'The tracker closed the connection.';
    socket.on('open', () => {
      if (this.#socket === socket) this.#announce(socket);
    });
    socket.on('message', (data) => {
      if (this.#socket === socket) this.#onMessage(socket, String(data));
    });
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#answerCame();
      this.#handler.failed(reason, null);
    });
  }

  #announce(socket: WebSocket): void {
    this.#answerCame();
    this.#awaiting = setTimeout(() => socket.terminate(), ANSWER_MS);
    this.#awaiting.unref();
    this.#send(socket, { ...(this.#event !== null && { event: this.#event }), numwant: 0, offers: [] });
  }

  #onMessage(socket: WebSocket, text: string): void {
    const now = Date.now();
    if (now - this.#minute.startedAt > 60_000) this.#minute = { startedAt: now, messages: 0 };
    if (++this.#minute.messages > MAX_MESSAGES_PER_MINUTE) return socket.terminate();
    const message = objectIn(text);
    if (!message) return;
    const failure = message['failure reason'];
    if (typeof failure === 'string') {
      this.#answerCame();
      return this.#handler.failed(failure, null);
    }
    const { infoHash, peerId: own, onOffer, onAnswer } = this.#options;
    if (message.action !== 'announce' || message.info_hash !== binary(infoHash)) return;
    if (message.offer === undefined && message.answer === undefined) {
      const seeders = readCount(message.complete);
      const leechers = readCount(message.incomplete);
      this.others = Math.max(1, (seeders ?? 0) + (leechers ?? 0) - 1);
      this.#answerCame();
      return this.#handler.answered({ intervalSeconds: readCount(message.interval), seeders, leechers });
    }
    const peerId = hexOf(message.peer_id);
    const offerId = hexOf(message.offer_id);
    if (!peerId || !offerId || peerId === own) return;
    if (message.answer !== undefined) return onAnswer(offerId, message.answer);
    void onOffer(message.offer).then((sdp) => {
      if (sdp !== null && this.#socket === socket) this.#send(socket, { to_peer_id: binary(peerId), offer_id: binary(offerId), answer: { type: 'answer', sdp } });
    });
  }

  #answerCame(): void {
    if (this.#awaiting) clearTimeout(this.#awaiting);
    this.#awaiting = null;
  }

  #send(socket: WebSocket, more: object): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    const { infoHash, peerId, figures } = this.#options;
    socket.send(JSON.stringify({ action: 'announce', info_hash: binary(infoHash), peer_id: binary(peerId), ...figures(), ...more }), () => {});
  }
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed as Record<string, unknown> : null;
  } catch {
    return null;
  }
}

/** The protocol writes twenty bytes as twenty characters. */
function binary(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1');
}

function hexOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length !== 20) return null;
  return /^[\0-\xff]{20}$/.test(value) ? Buffer.from(value, 'latin1').toString('hex') : null;
}
