// What all swarms of one engine share: the library's client, its port, its room for connections, and what was learned of the line.
import type { OwnPlace } from './own-place.ts';
import type { FetchAnswer } from './tracker-line.ts';
import type { TransportChoice } from './transport-choice.ts';
import type { WebtorrentConnection } from './webtorrent-connection.ts';
import type { WebtorrentClient, Wire } from './webtorrent-types.ts';
import type { WebrtcWorld } from './webtorrent-webrtc.ts';

/** What all swarms of one engine share. */
export interface CarrierContext {
  readonly client: WebtorrentClient;
  readonly userAgent: string;
  readonly clientName: string;
  readonly port: () => number;
  readonly lsd: boolean;
  readonly pex: boolean;
  readonly transport: 'auto' | 'tcp' | 'utp';
  readonly bindAddress: string | undefined;
  /** null: no connections through WebRTC. */
  readonly webrtc: WebrtcWorld | null;
  onProblem(message: string): void;
  /** Nothing but this machine is reached: whoever speaks to us is on it. */
  readonly loopbackOnly: boolean;
  readonly place: OwnPlace;
  readonly choice: TransportChoice;
  readonly fetchAnswer: FetchAnswer | undefined;
  random(): number;
  /** The measurements say something else than before. */
  transportChosen(): void;
  /** Whether one more connection is allowed, and the account of those that stand. @param seeder trusted seeds always have room */
  mayConnect(host: string, seeder: boolean): boolean;
  dialSlots(): number;
  /** Called for each connection opened and closed. */
  counted(by: 1 | -1): void;
  connectionOf(wire: Wire): WebtorrentConnection | undefined;
}
