// What a simulation is about: its options, their defaults, and the bound that no delivery can beat.
import type { SmoothingSpec } from '../../../main/engine/delivery-spec.ts';
import { distributionSeconds } from '../../../main/forecast/distribution-bound.ts';

export type Strategy = 'p2p' | 'hybrid' | 'seedbox' | 'cdn';
export const STRATEGIES: readonly Strategy[] = ['p2p', 'hybrid', 'seedbox', 'cdn'];

export interface Scenario {
  clients: number;
  /** Connections of one client at most. */
  links: number;
  /** The same for a seed. */
  seedLinks: number;
  /** Bytes per second up, given to the clients in turn. */
  uplinks: readonly number[];
  /** Bytes per second down, given to the clients in turn; null: no limit. */
  downlinks: readonly (number | null)[];
  /** One way between any two. */
  delayMs: number;
  hostDelayMs: number;
  sizeBytes: number;
  pieceBytes: number;
  seeds: number;
  seedBytesPerSecond: number;
  /** 0: there is no web server. */
  originBytesPerSecond: number;
  strategy: Strategy;
  /** Gentle beginning towards the web server; null: none. */
  smoothing: SmoothingSpec | null;
  arrivals: 'at-once' | 'poisson';
  /** Over which Poisson arrivals spread. */
  arrivalSeconds: number;
  /** Share of the clients that give nothing. */
  freeloaders: number;
  /** Share of the clients that leave for good half way. */
  leaveHalfWay: number;
  /** Seconds after which a complete client leaves; null: it stays. */
  leaveAfterSeconds: number | null;
  /** Whose uplink dies, and when. */
  kill: 'none' | 'seed' | 'origin';
  killAtSeconds: number;
  /** Every uplink carries so many times as much from that second on; null: they stay as they are. */
  rateChange: { factor: number; atSeconds: number } | null;
  /** No TCP windows: the line is the only limit. */
  idealTcp: boolean;
  /** Policies left out. */
  ablate: readonly string[];
  randomSeed: number;
  /** It is given up after so much virtual time. */
  limitSeconds: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_SCENARIO: Scenario = {
  clients: 16, links: 50, seedLinks: 50, uplinks: [5e6], downlinks: [null], delayMs: 30, hostDelayMs: 1, sizeBytes: 64 * MIB, pieceBytes: 256 * 1024,
  seeds: 1, seedBytesPerSecond: 5e6, originBytesPerSecond: 0, strategy: 'p2p', smoothing: null, arrivals: 'at-once', arrivalSeconds: 60, freeloaders: 0, leaveHalfWay: 0,
  leaveAfterSeconds: null, kill: 'none', killAtSeconds: 0, rateChange: null, idealTcp: false, ablate: [], randomSeed: 1, limitSeconds: 3600,
};

/** How many of the clients give nothing; they are the last ones of the list. */
export function isFreeloader(scenario: Scenario, client: number): boolean {
  return client >= scenario.clients - Math.round(scenario.clients * scenario.freeloaders);
}

export function uplinkOf(scenario: Scenario, client: number): number {
  return scenario.uplinks[client % scenario.uplinks.length]!;
}

export function downlinkOf(scenario: Scenario, client: number): number | null {
  return scenario.downlinks[client % scenario.downlinks.length]!;
}

/** Seconds that the last one needs at least when all come at once (Kumar and Ross 2006). */
export function boundSeconds(scenario: Scenario): number {
  const usesPeers = scenario.strategy !== 'cdn';
  const usesOrigin = scenario.strategy === 'cdn' || scenario.strategy === 'hybrid';
  let peers = 0;
  for (let client = 0; usesPeers && client < scenario.clients; client++) if (!isFreeloader(scenario, client)) peers += uplinkOf(scenario, client);
  return distributionSeconds({
    sizeBytes: scenario.sizeBytes, clients: scenario.clients,
    sourceBytesPerSecond: (usesPeers ? scenario.seeds * scenario.seedBytesPerSecond : 0) + (usesOrigin ? scenario.originBytesPerSecond : 0),
    clientsUpBytesPerSecond: peers, clientDownBytesPerSecond: Math.min(...scenario.downlinks.map((rate) => rate ?? Infinity)),
  });
}
