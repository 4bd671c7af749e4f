// One WebRTC data channel as a stream of bytes, with the connection below it (RFC 8831; libdatachannel through node-datachannel).
import { randomBytes } from 'node:crypto';
import { Duplex } from 'node:stream';
import type { DataChannel, PeerConnection, RtcConfig } from 'node-datachannel';

export interface NativeWebrtc {
  PeerConnection: new (name: string, config: RtcConfig) => PeerConnection;
  cleanup(): void;
}

/** Browsers take no larger messages from everybody (RFC 8841: 64 KiB unless said otherwise). */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** What may wait in the native part; more waits with us, where it is counted. */
const HIGH_WATER_BYTES = 256 * 1024;
const LOW_WATER_BYTES = 64 * 1024;
/** Before the handshake nobody reads: a stranger cannot fill our memory. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** A relay that says nothing costs this much of the time for finding addresses. */
const GATHER_MS = 6000;
const CONNECT_MS = 45_000;

export interface Route { address: string; port: number; isRelayed: boolean }

/** Emits `connect` once, when bytes can flow. */
export class WebrtcStream extends Duplex {
  readonly #key = randomBytes(20).toString('hex');
  /** Stands for the other side where its own address must not, and looks like no name of the home network. */
  readonly id = `${this.#key}.webrtc.invalid`;
  readonly isOfferer: boolean;
  connected = false;
  receivedBytes = 0;
  sentBytes = 0;
  readonly #connection: PeerConnection;
  #channel: DataChannel | null = null;
  #remoteRelays: ReadonlySet<string> = new Set();
  #route: Route | null = null;
  #onRoom: ((error?: Error) => void) | null = null;
  readonly #timer: NodeJS.Timeout;

  constructor(native: NativeWebrtc, config: RtcConfig, isOfferer: boolean) {
    super({ allowHalfOpen: false, highWaterMark: HIGH_WATER_BYTES });
    this.isOfferer = isOfferer;
    this.#connection = new native.PeerConnection(this.id, config);
    this.#connection.onStateChange((state) => {
      if (state === 'failed' || state === 'closed') this.destroy();
    });
    this.#connection.onDataChannel((channel) => this.#use(channel));
    this.#timer = setTimeout(() => this.destroy(), CONNECT_MS);
    this.#timer.unref();
  }

  /** Offers one channel. Resolves with our description, every address found in it; null when it came to nothing. */
  offer(): Promise<string | null> {
    const gathered = this.#gathered();
    this.#use(this.#connection.createDataChannel(randomBytes(20).toString('hex')));
    return gathered;
  }

  /** Answers an offer; as `offer`. */
  answer(sdp: string, relays: ReadonlySet<string>): Promise<string | null> {
    const gathered = this.#gathered();
    if (!this.accept(sdp, 'offer', relays)) return Promise.resolve(null);
    return gathered;
  }

  /** Takes the other side's description; false when the library refuses it. */
  accept(sdp: string, type: 'offer' | 'answer', relays: ReadonlySet<string>): boolean {
    if (this.destroyed) return false;
    this.#remoteRelays = relays;
    try {
      this.#connection.setRemoteDescription(sdp, type);
      return true;
    } catch {
      this.destroy();
      return false;
    }
  }

  /** What a tracker calls our offer. */
  get offerId(): string {
    return this.#key;
  }

  /** The way in use; null before there is one. A relay on either side makes it relayed. */
  route(): Route | null {
    if (this.destroyed) return this.#route;
    try {
      const pair = this.#connection.getSelectedCandidatePair();
      if (pair) {
        const isRelayed = pair.local.type === 'relay' || pair.remote.type === 'relay' || this.#remoteRelays.has(pair.remote.address);
        this.#route = { address: pair.remote.address, port: pair.remote.port, isRelayed };
      }
    } catch {
      // between two ways
    }
    return this.#route;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const channel = this.#channel;
    if (!channel || !this.connected) return done(new Error('The data channel is closed.'));
    try {
      for (let at = 0; at < chunk.length; at += MAX_MESSAGE_BYTES) {
        if (!channel.sendMessageBinary(chunk.subarray(at, at + MAX_MESSAGE_BYTES)) && !channel.isOpen()) return done(new Error('The data channel is closed.'));
      }
      this.sentBytes += chunk.length;
      if (channel.bufferedAmount() < HIGH_WATER_BYTES) return done();
    } catch (error) {
      return done(error instanceof Error ? error : new Error('The data channel is closed.'));
    }
    this.#onRoom = done;
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.route();
    this.connected = false;
    const onRoom = this.#onRoom;
    this.#onRoom = null;
    onRoom?.(new Error('The data channel is closed.'));
    for (const close of [() => this.#channel?.close(), () => this.#connection.close()]) {
      try {
        close();
      } catch {
        // closed already
      }
    }
    this.#channel = null;
    done(error);
  }

  #gathered(): Promise<string | null> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        resolve(this.destroyed ? null : this.#connection.localDescription()?.sdp ?? null);
      };
      const timer = setTimeout(settle, GATHER_MS);
      timer.unref();
      this.#connection.onGatheringStateChange((state) => {
        if (state === 'complete') settle();
      });
      this.once('close', settle);
    });
  }

  #use(channel: DataChannel): void {
    if (this.#channel || this.destroyed) return channel.close();
    this.#channel = channel;
    channel.setBufferedAmountLowThreshold(LOW_WATER_BYTES);
    channel.onBufferedAmountLow(() => {
      const onRoom = this.#onRoom;
      this.#onRoom = null;
      onRoom?.();
    });
    channel.onMessage((message) => {
      if (this.destroyed || typeof message === 'string') return;
      const bytes = Buffer.isBuffer(message) ? message : Buffer.from(message);
      this.receivedBytes += bytes.length;
      this.push(bytes);
      if (this.readableLength > MAX_UNREAD_BYTES) this.destroy();
    });
    channel.onClosed(() => this.destroy());
    channel.onError(() => this.destroy());
    channel.onOpen(() => this.#opened());
    if (channel.isOpen()) this.#opened();
  }

  #opened(): void {
    if (this.connected || this.destroyed) return;
    this.connected = true;
    clearTimeout(this.#timer);
    this.route();
    this.emit('connect');
  }
}
