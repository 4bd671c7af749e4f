// What the engine needs of whatever carries connections: the one boundary between our session and the network library.
import type { Bitfield } from './bitfield.ts';
import type { DeliverySpec } from './delivery-spec.ts';

export interface ConnectionHandler {
  /** Bytes after the handshake, decrypted; the chunk may be reused after the call. */
  onBytes(chunk: Uint8Array): void;
  onClosed(reason: string): void;
  /** The socket can take more again. */
  onDrained(): void;
  /** The peer's extended handshake (BEP 10) was read. */
  onExtendedHandshake(): void;
  onCrowdMessage(payload: Uint8Array): void;
  onDontHave(piece: number): void;
}

/** One connection to a peer whose handshake is done. */
export interface CarrierConnection {
  readonly address: string;
  readonly host: string;
  readonly peerId: string;
  readonly incoming: boolean;
  readonly transport: 'tcp' | 'utp' | 'webrtc';
  readonly encrypted: boolean;
  readonly source: string;
  /** In our own network: reached without the line to the internet. */
  readonly isLocal: boolean;
  readonly fast: boolean;
  readonly extended: boolean;
  /** What the extended handshake said; empty before it came. */
  readonly clientName: string;
  readonly requestLimit: number | null;
  readonly speaksCrowd: boolean;
  /** Bytes waiting in our process, not yet taken by the system. */
  readonly bufferedBytes: number;
  /** From now on everything goes to the handler. Call once. */
  open(handler: ConnectionHandler): void;
  /** Queues parts; all that is queued in one turn leaves in one write. The parts must not change afterwards. */
  write(parts: Uint8Array[]): void;
  /** An extended message (id 20) other than ours: metadata exchange, PEX, the handshake. */
  onExtended(payload: Uint8Array): void;
  sendCrowdMessage(payload: Uint8Array): void;
  close(reason: string): void;
}

export interface TrackerState {
  url: string; tier: number; state: 'idle' | 'announcing' | 'working' | 'failed'; message: string | null;
  seeders: number | null; leechers: number | null; lastAnswerAt: number | null; nextAnnounceAt: number | null; answerMs: number | null;
  /** Since the start; the median is of the latest 20. */
  answers: number; failures: number; medianAnswerMs: number | null;
}

export interface AnnounceFigures { uploaded: number; downloaded: number; left: number }

export interface SwarmHandler {
  onConnection(connection: CarrierConnection): void;
  /** The exact info dictionary, its hash checked. */
  onMetadata(infoBytes: Uint8Array): void;
  announceFigures(): AnnounceFigures;
  /** Complete swarms do not dial those known to be complete. */
  readonly wantsSeeds: boolean;
}

/** All connections and all discovery of one torrent. */
export interface CarrierSwarm {
  /** Goes out: dials, announces, listens. */
  start(): void;
  /** Closes everything, says goodbye to the trackers, refuses the torrent. */
  stop(): void;
  /** Tells whether peers may be dialled at all (a torrent that serves nobody does not). */
  setDialing(on: boolean): void;
  setMetadata(infoBytes: Uint8Array, isPrivate: boolean): void;
  setTrackers(tiers: string[][]): void;
  /** Which ways of finding and reaching people are used, and who is dialled first. */
  setDelivery(delivery: DeliverySpec): void;
  addPeer(hostPort: string, source: string): void;
  announce(): void;
  /** Tells the trackers that the download is complete. */
  completed(): void;
  markSeed(address: string): void;
  trackers(): TrackerState[];
  readonly knownPeers: number;
  readonly connectingPeers: number;
  close(): Promise<void>;
}

export type PeerPieces = Bitfield;
