// Shapes of WebTorrent's inner objects, as far as the adapter reaches into them (version 3.0.21).
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Server, Socket } from 'node:net';

export interface Wire extends EventEmitter {
  peerId: string | null;
  extensions: Record<string, boolean>;
  peerExtensions: { dht?: boolean; fast?: boolean; extended?: boolean };
  extendedHandshake: Record<string, unknown>;
  extendedMapping: Record<number, string>;
  peerExtendedMapping: Record<string, number>;
  peerExtendedHandshake: Record<string, unknown>;
  hasFast: boolean;
  ut_metadata?: EventEmitter & {
    metadata: Uint8Array; _metadataComplete: boolean; _metadataSize: number | null; _fetching: boolean;
    fetch(): void; cancel(): void; onMessage(payload: Uint8Array): void;
  };
  _encryptor: { _isEncrypted: boolean; _dh: unknown; encrypt(data: Uint8Array): Uint8Array; decrypt(data: Uint8Array): Uint8Array } | null;
  _buffer: Uint8Array[];
  _bufferSize: number;
  _parserSize: number;
  _onMessageLength(buffer: Uint8Array): void;
  _write(data: Uint8Array, done: (error: Error | null) => void): void;
  _push(data: Uint8Array): void;
  _onExtended(id: number, payload: Uint8Array): void;
  extended(id: number | string, payload: unknown): void;
  use(extension: unknown): void;
  destroy(): void;
}

export interface Peer extends EventEmitter {
  id: string;
  type: string;
  addr: string | null;
  conn: (Duplex & Partial<Socket>) | null;
  swarm: WebtorrentTorrent | null;
  wire: Wire | null;
  source: string | null;
  secure: number;
  connected: boolean;
  destroyed: boolean;
  sentHandshake: boolean;
  onConnect(): void;
  startConnectTimeout(): void;
  destroy(error?: Error): void;
}

export interface PeerClass {
  prototype: { setThrottlePipes(this: Peer): void; handshake(this: Peer): void };
  createTCPOutgoingPeer(address: string, swarm: WebtorrentTorrent, groups: unknown, source: string, secure: number): Peer;
  createUTPOutgoingPeer(address: string, swarm: WebtorrentTorrent, groups: unknown, source: string, secure: number): Peer;
  createWebRTCPeer(conn: Duplex, swarm: WebtorrentTorrent, groups: unknown, source: string): Peer;
}

export interface WebtorrentTorrent extends EventEmitter {
  infoHash: string;
  metadata: unknown;
  private: boolean;
  paused: boolean;
  destroyed: boolean;
  wires: Wire[];
  _peers: Map<string, Peer> | null;
  _rechokeIntervalId: NodeJS.Timeout;
  _startDiscovery(): void;
  _onMetadata(metadata: unknown): void;
  _addIncomingPeer(peer: Peer): void;
  _registerPeer(peer: Peer): void;
  _drain(): void;
  addPeer(peer: unknown, source?: string): boolean;
  removePeer(id: unknown): void;
  destroy(options: object | null, done?: () => void): void;
}

export interface Dht extends EventEmitter {
  listening: boolean;
  address(): { port: number };
  addNode(node: { host: string; port: number }): void;
  /** @returns what ends it */
  lookup(infoHash: string, done: (error?: Error | null) => void): (() => void) | undefined;
  /** Right after a lookup of the same. */
  announce(infoHash: string, port: number, done: (error?: Error | null) => void): void;
  destroy(done?: () => void): void;
}

export interface WebtorrentClient extends EventEmitter {
  peerId: string;
  torrentPort: number | object;
  listening: boolean;
  destroyed: boolean;
  utp: boolean;
  throttleGroups: unknown;
  torrents: WebtorrentTorrent[];
  dht: Dht | false | null;
  _connPool: {
    tcpServer: Server; utpServer: { connect(port: number, host: string): Duplex & Partial<Socket>; unref?(): void } | null;
    _pendingConns: Set<Duplex>; _onTCPError: (error: Error) => void; _onTCPConnectionBound: (conn: Socket) => void;
  } | null;
  add(id: object, options: object): WebtorrentTorrent;
  destroy(done?: (error?: Error) => void): void;
}
