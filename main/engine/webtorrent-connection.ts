// One peer connection taken over from WebTorrent: it does the handshake, everything after that flows past its streams.
import { isIPv6 } from 'node:net';
import type { Socket } from 'node:net';
import parsePeerId from 'bittorrent-peerid';
import { plainHost } from '../metainfo/address-rules.ts';
import { readHost } from './compact-address.ts';
import { CROWD_EXTENSION } from './crowd-messages.ts';
import { RECEIVER } from './tcp-receive.ts';
import type { Receiver } from './tcp-receive.ts';
import { encodeExtended } from './wire-messages.ts';
import type { CarrierConnection, ConnectionHandler } from './carrier.ts';
import { MseKeyExchange } from './webtorrent-key-exchange.ts';
import type { Peer, Wire } from './webtorrent-types.ts';
import { WebrtcStream } from './webrtc-stream.ts';

/** Bytes that may arrive between the handshake and the session's opening. */
const MAX_EARLY_BYTES = 2 * 1024 * 1024;
/** Parts shorter than this are joined: one copy is cheaper than one more buffer for the system. */
const JOIN_BELOW_BYTES = 512;
/** What we tell peers about how many requests may wait at us (BEP 10 reqq). */
export const OWN_REQUEST_LIMIT = 2000;

export class WebtorrentConnection implements CarrierConnection {
  readonly #peer: Peer;
  readonly #conn: NonNullable<Peer['conn']>;
  readonly #wire: Wire;
  readonly #webrtc: WebrtcStream | null;
  #handler: ConnectionHandler | null = null;
  /** After the handshake, before the session opened: what came early. */
  #early: Uint8Array[] | null = null;
  #earlyBytes = 0;
  #handshakeDone = false;
  #parts: Uint8Array[] = [];
  #flushQueued = false;
  #closed = false;
  /** Messages of the peer exchange. */
  onPex: ((payload: Uint8Array) => void) | null = null;
  /** Told by whoever knows where we are, before anybody is told of the connection. */
  isLocal = false;
  /** All that the connection carried, with protocol and metadata. */
  carriedBytes = 0;
  readonly #clean: () => void;

  constructor(peer: Peer) {
    this.#peer = peer;
    this.#conn = peer.conn!;
    this.#wire = peer.wire!;
    this.#webrtc = peer.conn instanceof WebrtcStream ? peer.conn : null;
    if (this.#wire._encryptor) this.#wire._encryptor._dh = new MseKeyExchange();
    this.#wire._push = (data) => this.write([data]);
    this.#wire._onMessageLength = (length) => this.#takeOver(length);
    const onBytes = (chunk: Uint8Array): void => this.#onBytes(chunk);
    const receiver = (this.#conn as unknown as Record<symbol, Receiver | undefined>)[RECEIVER];
    if (receiver) receiver.target = onBytes;
    else this.#conn.on('data', onBytes);
    const onDrain = (): void => this.#handler?.onDrained();
    this.#conn.on('drain', onDrain);
    (this.#conn as Partial<Socket>).setNoDelay?.(true);
    this.#clean = () => {
      if (receiver) receiver.target = null;
      this.#conn.off('data', onBytes);
      this.#conn.off('drain', onDrain);
    };
    peer.once('disconnect', (error?: Error) => this.#onClosed(error?.message ?? 'closed'));
  }

  get address(): string {
    const way = this.#webrtc?.route();
    if (way) return joinAddress(way.address, way.port);
    return this.#peer.addr ?? `${this.host}:${this.#conn.remotePort ?? 0}`;
  }

  get host(): string {
    // Behind a relay are many: one of them that is banned must not ban the relay.
    if (this.#webrtc) return this.#webrtc.route()?.isRelayed === false ? this.#webrtc.route()!.address : this.#webrtc.id;
    return plainHost(this.#conn.remoteAddress ?? hostOf(this.#peer.addr ?? ''));
  }

  get peerId(): string {
    return this.#wire.peerId ?? '';
  }

  get incoming(): boolean {
    return this.#webrtc ? !this.#webrtc.isOfferer : this.#peer.type.includes('Incoming');
  }

  get transport(): 'tcp' | 'utp' | 'webrtc' {
    if (this.#webrtc) return 'webrtc';
    return this.#peer.type.startsWith('utp') ? 'utp' : 'tcp';
  }

  get encrypted(): boolean {
    return this.#webrtc !== null || (this.#wire._encryptor?._isEncrypted ?? false);
  }

  get source(): string {
    if (this.#webrtc?.route()?.isRelayed) return 'relay';
    return this.#peer.source ?? 'incoming';
  }

  get fast(): boolean {
    return this.#wire.hasFast;
  }

  get extended(): boolean {
    return this.#wire.peerExtensions.extended === true;
  }

  get clientName(): string {
    const said = this.#wire.peerExtendedHandshake.v;
    if (said instanceof Uint8Array) return printable(Buffer.from(said).toString('utf8'));
    if (typeof said === 'string') return printable(said);
    try {
      const known = parsePeerId(this.peerId);
      return known ? printable(`${known.client} ${known.version ?? ''}`.trim()) : '';
    } catch {
      return '';
    }
  }

  get requestLimit(): number | null {
    const limit = this.#wire.peerExtendedHandshake.reqq;
    return typeof limit === 'number' && limit > 0 ? limit : null;
  }

  /** The port the peer listens on, when it said so (BEP 10 p). */
  get listenPort(): number | null {
    const port = this.#wire.peerExtendedHandshake.p;
    return typeof port === 'number' && port > 0 && port < 65536 ? port : null;
  }

  /** The address under which the peer sees us, when it said so (BEP 10 yourip). */
  get ownAddressSeen(): string | null {
    const seen = this.#wire.peerExtendedHandshake.yourip;
    return seen instanceof Uint8Array ? readHost(seen) : null;
  }

  get speaksCrowd(): boolean {
    return (this.#wire.peerExtendedMapping[CROWD_EXTENSION] ?? 0) > 0;
  }

  get bufferedBytes(): number {
    return this.#conn.writableLength;
  }

  get wire(): Wire {
    return this.#wire;
  }

  get handshakeDone(): boolean {
    return this.#handshakeDone;
  }

  open(handler: ConnectionHandler): void {
    this.#handler = handler;
    const early = this.#early ?? [];
    this.#early = null;
    for (const chunk of early) {
      if (this.#closed) return;
      handler.onBytes(chunk);
    }
  }

  write(parts: Uint8Array[]): void {
    if (this.#closed) return;
    const encryptor = this.#wire._encryptor;
    if (encryptor?._isEncrypted) for (const part of parts) this.#parts.push(encryptor.encrypt(part));
    else for (const part of parts) this.#parts.push(part);
    if (this.#flushQueued) return;
    this.#flushQueued = true;
    queueMicrotask(() => this.#flush());
  }

  onExtended(payload: Uint8Array): void {
    if (payload.length < 1) return;
    const id = payload[0]!;
    const name = this.#wire.extendedMapping[id];
    const body = payload.subarray(1);
    if (name === CROWD_EXTENSION) return this.#handler?.onCrowdMessage(body);
    if (name === 'lt_donthave') {
      if (body.length >= 4) this.#handler?.onDontHave(Buffer.from(body).readUInt32BE(0));
      return;
    }
    if (name === 'ut_pex') return this.onPex?.(body);
    try {
      // The libraries keep what they are given, so they get a copy.
      this.#wire._onExtended(id, Uint8Array.from(body));
    } catch {
      return this.close('a malformed extended message');
    }
    if (id === 0) this.#handler?.onExtendedHandshake();
  }

  sendCrowdMessage(payload: Uint8Array): void {
    const id = this.#wire.peerExtendedMapping[CROWD_EXTENSION] ?? 0;
    if (id > 0 && id < 256) this.sendExtended(id, payload);
  }

  /** @param id the number that the peer gave to the extension */
  sendExtended(id: number, payload: Uint8Array): void {
    this.write([encodeExtended(id, payload)]);
  }

  close(reason: string): void {
    this.#peer.destroy(new Error(reason));
  }

  #onBytes(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.carriedBytes += chunk.length;
    if (!this.#handshakeDone) {
      try {
        // The library keeps pieces of it until the handshake is complete.
        this.#wire._write(Uint8Array.from(chunk), () => {});
      } catch (error) {
        this.close(error instanceof Error ? error.message : 'handshake failed');
      }
      return;
    }
    const encryptor = this.#wire._encryptor;
    const plain = encryptor?._isEncrypted ? encryptor.decrypt(chunk) : chunk;
    if (this.#handler) this.#handler.onBytes(plain);
    else this.#keepEarly(plain === chunk ? Uint8Array.from(chunk) : plain);
  }

  /** Called by the library with the first length after the handshake: from here on it sees nothing more. */
  #takeOver(length: Uint8Array): void {
    const wire = this.#wire;
    this.#handshakeDone = true;
    this.#early = [];
    this.#keepEarly(Uint8Array.from(length));
    if (wire._bufferSize > 0) this.#keepEarly(Uint8Array.from(wire._buffer[0]!));
    wire._buffer = [];
    wire._bufferSize = 0;
    wire._parserSize = Infinity;
    if (this.#handler) this.open(this.#handler);
  }

  #keepEarly(bytes: Uint8Array): void {
    if (this.#handler && !this.#early) return this.#handler.onBytes(bytes);
    this.#earlyBytes += bytes.length;
    if (this.#earlyBytes > MAX_EARLY_BYTES) return this.close('too much before the handshake was answered');
    this.#early!.push(bytes);
  }

  #flush(): void {
    this.#flushQueued = false;
    const parts = this.#parts;
    this.#parts = [];
    if (this.#closed || parts.length === 0) return;
    const conn = this.#conn;
    const joined = joinSmall(parts);
    for (const part of joined) this.carriedBytes += part.length;
    if (joined.length === 1) {
      conn.write(joined[0]);
      return;
    }
    conn.cork();
    for (const part of joined) conn.write(part);
    conn.uncork();
  }

  #onClosed(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#clean();
    this.#parts = [];
    this.#early = null;
    this.#handler?.onClosed(reason);
  }
}

/** Neighbouring short parts become one. */
function joinSmall(parts: Uint8Array[]): Uint8Array[] {
  if (parts.length === 1) return parts;
  const joined: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  const close = (): void => {
    if (small.length > 0) joined.push(small.length === 1 ? small[0]! : Buffer.concat(small));
    small = [];
  };
  for (const part of parts) {
    if (part.length < JOIN_BELOW_BYTES) small.push(part);
    else {
      close();
      joined.push(part);
    }
  }
  close();
  return joined;
}

export function hostOf(address: string): string {
  const colon = address.lastIndexOf(':');
  return address.slice(0, colon).replace(/^\[|\]$/g, '');
}

export function joinAddress(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '').slice(0, 64);
}
