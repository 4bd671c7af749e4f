// A STUN client (RFC 8489) on one UDP socket: several requests at once, sent again with doubling waits, each bounded in time.
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import type { IpFamily } from './check-types.ts';
import { changeRequest, decodeStun, encodeStun, endpointOf, mappedEndpoint, stunAttributes, stunMethods } from './stun-message.ts';
import type { StunAttribute, StunEndpoint, StunMessage } from './stun-message.ts';

export interface StunRequest {
  method: number;
  attributes: StunAttribute[];
  integrityKey?: Uint8Array;
}

export interface StunAnswer {
  message: StunMessage;
  bytes: Uint8Array;
  from: { address: string; port: number };
  /** From the last time that the request was sent. */
  rttMs: number;
}

export interface RetryOptions {
  /** How often the request is sent; the waits between double, beginning with `firstWaitMs`. */
  sends?: number;
  firstWaitMs?: number;
  /** Takes the answer from any address: only where the server was asked to answer from another one. */
  fromAnywhere?: boolean;
}

export interface BindingAnswer {
  mapped: StunEndpoint;
  /** The server's other address and port (RFC 5780), where it offers them. */
  other: StunEndpoint | null;
  from: { address: string; port: number };
  rttMs: number;
}

const MAX_PENDING = 32;
// RFC 8489, 6.2.1 names 500 ms and seven sends; nobody waits 39 s for a first answer.
const DEFAULT_SENDS = 3;
const FIRST_WAIT_MS = 500;
// Some room for the address attributes of the answer: a careful server (ours) never answers with more bytes than it was asked with.
const PADDING_BYTES = 44;

interface Pending { to: { address: string; port: number } | null; sentAt: number; answered(answer: StunAnswer): void }

export class StunSocket {
  readonly family: IpFamily;
  readonly #socket: Socket;
  readonly #pending = new Map<string, Pending>();
  readonly #otherListeners = new Set<(bytes: Uint8Array, from: { address: string; port: number }) => void>();

  private constructor(socket: Socket, family: IpFamily) {
    this.family = family;
    this.#socket = socket;
    socket.on('message', (bytes, { address, port }) => this.#receive(bytes, { address, port }));
    socket.on('error', () => {}); // an ICMP error about one server must not end what is asked of another
  }

  /** Opens a socket; it closes when the signal aborts. @throws Error when the address or port cannot be had */
  static async open({ family, address, port = 0 }: { family: IpFamily; address?: string | undefined; port?: number }, signal: AbortSignal): Promise<StunSocket> {
    signal.throwIfAborted();
    const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', ipv6Only: family === 6 });
    try {
      socket.bind({ port, ...(address !== undefined && { address }), exclusive: true });
      await once(socket, 'listening', { signal });
    } catch (error) {
      socket.close();
      throw error;
    }
    const stun = new StunSocket(socket, family);
    const close = (): void => void stun.close();
    signal.addEventListener('abort', close, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', close));
    return stun;
  }

  get localPort(): number {
    return this.#socket.address().port;
  }

  /** Calls back with each datagram that answers nothing. */
  onOther(listener: (bytes: Uint8Array, from: { address: string; port: number }) => void): void {
    this.#otherListeners.add(listener);
  }

  send(bytes: Uint8Array, to: { address: string; port: number }): void {
    this.#socket.send(bytes, to.port, to.address, () => {});
  }

  /** One request; null when no answer came in time. @throws when the signal aborts */
  async request(request: StunRequest, to: { address: string; port: number }, signal: AbortSignal, options: RetryOptions = {}): Promise<StunAnswer | null> {
    const { sends = DEFAULT_SENDS, firstWaitMs = FIRST_WAIT_MS, fromAnywhere = false } = options;
    signal.throwIfAborted();
    if (this.#pending.size >= MAX_PENDING) return null;
    const transaction = randomBytes(12);
    const bytes = encodeStun({ method: request.method, class: 'request', transaction, attributes: request.attributes }, {
      ...(request.integrityKey && { integrityKey: request.integrityKey }), withFingerprint: true,
    });
    const key = transaction.toString('hex');
    return new Promise<StunAnswer | null>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        this.#pending.delete(key);
        act();
      };
      const abort = (): void => settle(() => reject(signal.reason));
      const pending: Pending = { to: fromAnywhere ? null : to, sentAt: 0, answered: (answer) => settle(() => resolve(answer)) };
      const send = (sent: number): void => {
        if (sent === sends) return settle(() => resolve(null));
        pending.sentAt = performance.now();
        this.send(bytes, to);
        timer = setTimeout(() => send(sent + 1), firstWaitMs * 2 ** sent);
      };
      this.#pending.set(key, pending);
      signal.addEventListener('abort', abort, { once: true });
      send(0);
    });
  }

  /** A binding request; null when no proper answer came in time. */
  async binding(
    to: { address: string; port: number }, signal: AbortSignal, options: RetryOptions & { changeAddress?: boolean; changePort?: boolean } = {},
  ): Promise<BindingAnswer | null> {
    const change = options.changeAddress || options.changePort;
    const attributes = [
      ...(change ? [changeRequest(options.changeAddress ?? false, options.changePort ?? false)] : []),
      { type: stunAttributes.software, value: new Uint8Array(PADDING_BYTES).fill(0x20) },
    ];
    const answer = await this.request({ method: stunMethods.binding, attributes }, to, signal, { ...options, fromAnywhere: change === true });
    const mapped = answer?.message.class === 'success' ? mappedEndpoint(answer.message) : null;
    if (!answer || !mapped || mapped.family !== this.family) return null;
    // Without CHANGE-REQUEST support a server answers from where it was asked, which says nothing.
    if (change && answer.from.port === to.port && answer.from.address === to.address) return null;
    const other = endpointOf(answer.message, stunAttributes.otherAddress);
    return { mapped, other: other?.family === this.family ? other : null, from: answer.from, rttMs: answer.rttMs };
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      try {
        this.#socket.close(() => resolve());
      } catch {
        resolve(); // it is closed already
      }
    });
  }

  #receive(bytes: Uint8Array, from: { address: string; port: number }): void {
    const message = decodeStun(bytes);
    const key = message && (message.class === 'success' || message.class === 'error') ? Buffer.from(message.transaction).toString('hex') : '';
    const pending = this.#pending.get(key);
    if (!message || !pending) {
      for (const listener of this.#otherListeners) listener(bytes, from);
      return;
    }
    if (pending.to !== null && (pending.to.port !== from.port || !sameAddress(pending.to.address, from.address))) return;
    pending.answered({ message, bytes, from, rttMs: performance.now() - pending.sentAt });
  }
}

const sameAddress = (one: string, other: string): boolean => one.replace(/%.*$/, '').toLowerCase() === other.replace(/%.*$/, '').toLowerCase();
