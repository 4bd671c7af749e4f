// Reads the router's mapping behaviour (RFC 5780, section 4.3) out of where several servers saw one socket come from.
import type { StunEndpoint } from './stun-message.ts';

/**
 * `direct`: no translation. `endpoint-independent`: the same address and port for everybody, so that peers can find each other. `address-dependent`,
 * `address-and-port-dependent`: another for each ("symmetric"). `endpoint-dependent`: one of those two, not told apart.
 */
export type NatMapping = 'direct' | 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent' | 'endpoint-dependent' | 'unknown';

export interface Sighting {
  /** Where the server was asked. */
  server: { address: string; port: number };
  /** Where it saw the socket; null when it did not answer. */
  mapped: Pick<StunEndpoint, 'address' | 'port'> | null;
}

const same = (one: Sighting, other: Sighting): boolean => one.mapped!.address === other.mapped!.address && one.mapped!.port === other.mapped!.port;

export function mappingBehaviour(local: { address: string; port: number }, sightings: Sighting[]): NatMapping {
  const seen = sightings.filter(({ mapped }) => mapped !== null);
  if (seen.length === 0) return 'unknown';
  if (seen.every(({ mapped }) => mapped!.address === local.address && mapped!.port === local.port)) return 'direct';
  const pairs = seen.flatMap((one, i) => seen.slice(i + 1).map((other) => [one, other] as const));
  const towardsOthers = pairs.filter(([one, other]) => one.server.address !== other.server.address);
  const towardsOnePlace = pairs.filter(([one, other]) => one.server.address === other.server.address && one.server.port !== other.server.port);
  if (towardsOnePlace.some(([one, other]) => !same(one, other))) return 'address-and-port-dependent';
  if (towardsOthers.length === 0) return 'unknown';
  if (towardsOthers.every(([one, other]) => same(one, other))) return 'endpoint-independent';
  return towardsOnePlace.length > 0 ? 'address-dependent' : 'endpoint-dependent';
}
