// What everything that works for one torrent stands on, made once with its session.
import type { CarrierSwarm } from './carrier.ts';
import type { DeliverySpec } from './delivery-spec.ts';
import type { TorrentEvents } from './engine-types.ts';
import type { RateLimit } from './rate-limit.ts';
import type { SessionContext } from './session-context.ts';
import type { SessionSelection } from './session-selection.ts';
import type { SessionTraffic } from './session-traffic.ts';

/** What was chosen for the torrent; whoever changes it tells the parts at work. */
export interface SessionChoices {
  /** One byte a file, 0: skip; undefined: all of it. */
  filePriorities: Uint8Array | undefined;
  order: 'rarest' | 'sequential';
  uploadSlots: number | null;
  delivery: DeliverySpec;
  readonly webSeedUrls: string[];
}

/** What everything that works for one torrent has in common. */
export interface SessionGround {
  readonly context: SessionContext;
  readonly swarm: CarrierSwarm;
  readonly limits: { readonly down: RateLimit; readonly up: RateLimit };
  readonly choices: Readonly<SessionChoices>;
  readonly traffic: SessionTraffic;
  readonly selection: SessionSelection;
  /** Whose the recent pieces are. */
  readonly owner: object;
  readonly emit: <Name extends keyof TorrentEvents>(name: Name, ...args: TorrentEvents[Name]) => void;
  /** The torrent cannot go on: its files cannot be read or written. Tells why and pauses it. */
  readonly stopFor: (error: unknown) => void;
}
