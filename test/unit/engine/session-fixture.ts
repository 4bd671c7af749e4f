// A real torrent session between peers that a test speaks for: real wires and policies, a clock by hand, no sockets.
import { createHash } from 'node:crypto';
import { BanPolicy } from '../../../main/engine/ban-policy.ts';
import type { CarrierConnection, CarrierSwarm, ConnectionHandler } from '../../../main/engine/carrier.ts';
import { decodeCrowdMessage } from '../../../main/engine/crowd-messages.ts';
import type { StreamRange, TorrentSpec } from '../../../main/engine/engine-types.ts';
import { RateLimit } from '../../../main/engine/rate-limit.ts';
import { SpeedMeter } from '../../../main/engine/speed-meter.ts';
import { TorrentSession } from '../../../main/engine/torrent-session.ts';
import { uploadLines } from '../../../main/engine/upload-line.ts';
import { BLOCK_LENGTH, MessageId, encodeBitfield, encodeNumbers, encodePieceHeader } from '../../../main/engine/wire-messages.ts';
import { WireReader } from '../../../main/engine/wire-reader.ts';
import type { Metainfo } from '../../../main/metainfo/metainfo.ts';
import { MemoryStore } from '../../support/memory-store.ts';

export interface Asked { piece: number; block: number }

/** A torrent of different bytes everywhere; files of the given lengths, or one file. */
export function torrentOf(
  pieceCount: number, pieceLength = 4 * BLOCK_LENGTH, fileLengths = [pieceCount * pieceLength],
): { metainfo: Metainfo; data: Uint8Array } {
  const data = new Uint8Array(pieceCount * pieceLength);
  for (let at = 0; at < data.length; at += 4) new DataView(data.buffer).setUint32(at, Math.imul(at + 1, 2654435761));
  const hashes = new Uint8Array(20 * pieceCount);
  for (let piece = 0; piece < pieceCount; piece++) {
    hashes.set(createHash('sha1').update(data.subarray(piece * pieceLength, (piece + 1) * pieceLength)).digest(), 20 * piece);
  }
  let offset = 0;
  const files = fileLengths.map((length, i) => {
    const file = { path: [`file ${i}`], length, offset, padding: false };
    offset += length;
    return file;
  });
  return {
    data,
    metainfo: {
      infoHash: 'ab'.repeat(20), infoBytes: new Uint8Array(0), name: 'name', pieceLength, length: data.length, pieceCount, hashes, files,
      private: false, multiFile: files.length > 1, trackers: [], webSeeds: [],
    },
  };
}

/** A peer: says what the test wants, and keeps what it was told. */
export class ScriptedPeer implements CarrierConnection {
  readonly host: string;
  readonly address: string;
  readonly peerId = '';
  readonly incoming = true;
  readonly transport = 'tcp';
  readonly encrypted = false;
  readonly source: string;
  readonly isLocal: boolean;
  readonly extended = true;
  readonly clientName = 'scripted';
  readonly fast: boolean;
  readonly speaksCrowd: boolean;
  readonly requestLimit: number | null;
  bufferedBytes = 0;
  closedFor: string | null = null;
  /** Requests to this peer that are neither answered nor cancelled, oldest first. */
  asked: Asked[] = [];
  /** All there ever were. */
  readonly everAsked: Asked[] = [];
  /** Ids of messages to this peer, in order; requests, cancels and haves left out. */
  readonly told: number[] = [];
  readonly cancelled: Asked[] = [];
  /** What it was refused, as asked for. */
  readonly refused: { piece: number; offset: number; length: number }[] = [];
  /** Blocks it got. */
  readonly blocks: { piece: number; offset: number; length: number }[] = [];
  readonly haves: number[] = [];
  readonly sentMap: number[] = [];
  /** What it heard of pieces fetched from the origin. */
  readonly claims: { begun: boolean; pieces: number[] }[] = [];
  readonly #data: Uint8Array;
  readonly #pieceLength: number;
  #handler: ConnectionHandler | null = null;
  readonly #reader: WireReader;

  constructor(
    torrent: { metainfo: Metainfo; data: Uint8Array }, host: string, more: { fast?: boolean; speaksCrowd?: boolean; requestLimit?: number | null; source?: string; isLocal?: boolean } = {},
  ) {
    this.host = host;
    this.address = `${host}:6881`;
    this.fast = more.fast ?? true;
    this.source = more.source ?? 'test';
    this.isLocal = more.isLocal ?? false;
    this.speaksCrowd = more.speaksCrowd ?? false;
    this.requestLimit = more.requestLimit ?? null;
    this.#data = torrent.data;
    this.#pieceLength = torrent.metainfo.pieceLength;
    this.#reader = new WireReader({
      onMessage: (id, payload) => this.#heard(id, Buffer.from(payload)),
      onKeepAlive: () => {},
      onBlockStart: () => null,
      onBlockBytes: () => {},
      onBlockEnd: (piece, offset, length) => this.blocks.push({ piece, offset, length }),
      onViolation: (reason) => {
        throw new Error(`the session broke the protocol: ${reason}`);
      },
    });
  }

  open(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  write(parts: Uint8Array[]): void {
    for (const part of parts) this.#reader.feed(part);
  }

  onExtended(): void {}

  sendCrowdMessage(payload: Uint8Array): void {
    const message = decodeCrowdMessage(payload);
    if (message?.type === 'sent') this.sentMap.push(...message.pieces);
    if (message?.type === 'claims') this.claims.push({ begun: message.begun, pieces: [...message.pieces] });
  }

  close(reason: string): void {
    if (this.closedFor !== null) return;
    this.closedFor = reason;
    this.asked = [];
    this.#handler?.onClosed(reason);
  }

  // ---- what it says

  say(id: number, ...numbers: number[]): void {
    if (this.closedFor === null) this.#handler!.onBytes(encodeNumbers(id, ...numbers));
  }

  sayPieces(bytes: Uint8Array): void {
    this.#handler!.onBytes(encodeBitfield(bytes));
  }

  sayCrowd(payload: Uint8Array): void {
    this.#handler!.onCrowdMessage(payload);
  }

  /** Has everything and serves. */
  seed(): this {
    this.say(MessageId.haveAll);
    this.say(MessageId.unchoke);
    return this;
  }

  /** Wants everything. */
  leech(): this {
    this.say(MessageId.haveNone);
    this.say(MessageId.interested);
    return this;
  }

  /** Answers the oldest requests. */
  answer(count: number, wrong = false): void {
    for (; count > 0 && this.asked.length > 0; count--) this.send(this.asked.shift()!, wrong);
  }

  /** @param bytes how much of the block goes out */
  send({ piece, block }: Asked, wrong = false, bytes = BLOCK_LENGTH): void {
    const from = piece * this.#pieceLength + block * BLOCK_LENGTH;
    const data = this.#data.slice(from, from + BLOCK_LENGTH);
    if (wrong) data[5]! ^= 1;
    this.#handler!.onBytes(encodePieceHeader(piece, block * BLOCK_LENGTH, data.length));
    if (this.closedFor === null) this.#handler!.onBytes(data.subarray(0, bytes));
  }

  /** Bytes as they are, e.g. the rest of a block. */
  sendRaw(bytes: Uint8Array): void {
    this.#handler!.onBytes(bytes);
  }

  request(piece: number, block: number, length = BLOCK_LENGTH): void {
    this.say(MessageId.request, piece, block * BLOCK_LENGTH, length);
  }

  #heard(id: number, payload: Buffer): void {
    const at = (i: number): number => payload.readUInt32BE(4 * i);
    if (id === MessageId.request) {
      const asked = { piece: at(0), block: at(1) / BLOCK_LENGTH };
      this.asked.push(asked);
      this.everAsked.push(asked);
    } else if (id === MessageId.cancel) {
      const cancelled = { piece: at(0), block: at(1) / BLOCK_LENGTH };
      this.asked = this.asked.filter(({ piece, block }) => piece !== cancelled.piece || block !== cancelled.block);
      this.cancelled.push(cancelled);
    } else if (id === MessageId.reject) this.refused.push({ piece: at(0), offset: at(1), length: at(2) });
    else if (id === MessageId.have) this.haves.push(at(0));
    else this.told.push(id);
  }
}

export class Bench {
  ms = 1000;
  readonly torrent: { metainfo: Metainfo; data: Uint8Array };
  readonly store: MemoryStore;
  readonly bans = new BanPolicy();
  readonly uploadLimit = new RateLimit(null, () => this.ms);
  readonly uploads = uploadLines(() => this.ms, this.uploadLimit, (run, ms) => this.#timers.push({ atMs: this.ms + ms, run }));
  readonly pacer = this.uploads.internet.pacer;
  readonly problems: string[] = [];
  readonly ablate = new Set<string>();
  #timers: { atMs: number; run: () => void }[] = [];
  #session: TorrentSession | null = null;
  #hosts = 0;

  constructor(torrent: { metainfo: Metainfo; data: Uint8Array }, complete = false) {
    this.torrent = torrent;
    this.store = new MemoryStore(torrent.metainfo, complete ? torrent.data : undefined);
  }

  get session(): TorrentSession {
    return this.#session!;
  }

  async start(spec: Partial<TorrentSpec> = {}, streamRange?: StreamRange): Promise<this> {
    const now = (): number => this.ms;
    this.#session = new TorrentSession({
      now, random: () => 0, ablate: this.ablate, uploads: this.uploads, bans: this.bans, streamRange, downloadLimit: new RateLimit(null, now),
      downloaded: new SpeedMeter(now), uploaded: new SpeedMeter(now), join: () => noSwarm, forget: () => {}, cameIn: () => {},
    }, {
      infoHash: this.torrent.metainfo.infoHash, metainfo: this.torrent.metainfo, trackers: [], webSeeds: [], peers: [],
      openStore: async () => this.store, paused: false, order: 'rarest',
      downloadBytesPerSecond: null, uploadBytesPerSecond: null, uploadSlots: null, ...spec,
    });
    this.#session.on('problem', ({ message }) => this.problems.push(message));
    await settled();
    return this;
  }

  join(more: ConstructorParameters<typeof ScriptedPeer>[2] & { host?: string } = {}): ScriptedPeer {
    const peer = new ScriptedPeer(this.torrent, more.host ?? `10.0.0.${++this.#hosts}`, more);
    this.session.onConnection(peer);
    return peer;
  }

  /** Lets time pass in steps of at most a second, as the engine's own clock does. */
  async pass(ms: number): Promise<void> {
    const until = this.ms + ms;
    while (this.ms < until) {
      const next = Math.min(until, this.ms + 1000, ...this.#timers.map(({ atMs }) => Math.max(this.ms + 1, atMs)));
      const second = Math.floor(next / 1000) > Math.floor(this.ms / 1000);
      this.ms = next;
      const due = this.#timers.filter(({ atMs }) => atMs <= next);
      this.#timers = this.#timers.filter(({ atMs }) => atMs > next);
      for (const { run } of due) run();
      if (second) this.session.tick();
      await settled();
    }
  }

  get done(): boolean {
    return this.store.have.isFull() && Buffer.compare(this.store.data, this.torrent.data) === 0;
  }
}

const noSwarm: CarrierSwarm = {
  start: () => {}, stop: () => {}, setDialing: () => {}, setMetadata: () => {}, setDelivery: () => {}, setTrackers: () => {}, addPeer: () => {}, announce: () => {},
  completed: () => {}, markSeed: () => {}, trackers: () => [], knownPeers: 0, connectingPeers: 0, close: async () => {},
};

/** Until promises that wait for nothing outside have run. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
