// How one torrent is to be delivered: which ways of finding people it uses, whom it asks first, and what it may take from servers.

import type { RelayServer } from './ice-servers.ts';

/** `fallback`: only after the trackers had their chance (see discovery-policy.ts). */
export type DiscoveryUse = 'on' | 'fallback' | 'off';

export interface DeliverySpec {
  dht: DiscoveryUse;
  pex: DiscoveryUse;
  lsd: DiscoveryUse;
  /** `host:port` of the publisher's own seeds, dialled before everybody else. */
  seeders: readonly string[];
  transport: 'auto' | 'tcp' | 'utp';
  /** Connections of this torrent at most; null: the engine's own bound alone. */
  connections: number | null;
  /** So many pieces at the beginning of what is wanted come before everything else. */
  firstPieces: number;
  /** When web seeds are asked: at the start and for rescue, all the time, or never. */
  cdn: 'start-and-rescue' | 'always' | 'off';
  /** For web seeds and trusted seeders together, set by the user; null: no limit. */
  originBytesPerSecond: number | null;
  /** Gentle beginning towards web seeds and trusted seeders; null: none. */
  smoothing: SmoothingSpec | null;
  /** Relays for browser-style connections (RFC 7065 addresses); see webrtc-policy.ts. */
  turn: readonly RelayServer[];
  /** RFC 7064 addresses. */
  stun: readonly string[];
}

export interface SmoothingSpec {
  minutes: number;
  /** Part of the full demand that is allowed at the beginning, 0..1. */
  startShare: number;
  /** How many people are expected; null: unknown. */
  audience: number | null;
  /** Epoch milliseconds at which the crowd comes; null: the ramp begins when this client starts. */
  eventStartsAt: number | null;
}

/** What holds where a package says nothing, and for every plain torrent. */
export const DEFAULT_DELIVERY: DeliverySpec = {
  dht: 'on', pex: 'on', lsd: 'on', seeders: [], transport: 'auto', connections: null, firstPieces: 2, cdn: 'start-and-rescue',
  originBytesPerSecond: null, smoothing: null, turn: [], stun: [],
};
