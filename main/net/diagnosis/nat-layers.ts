// How many routers translate addresses on the way: none, the own one, a second one in the house, or one of the provider (carrier NAT).
import { addressClass } from '../address-rules.ts';
import type { CheckResult } from './check-types.ts';
import { runCheck } from './run-check.ts';
import { hopAt } from './system-ping.ts';
import type { Hop } from './system-ping.ts';

/** `several`: certainly more than one, but it cannot be told whose. */
export type NatLayers = 'none' | 'single' | 'double' | 'carrier' | 'several' | 'unknown';

export interface NatLayersInput {
  /** The own address that leads to the internet. */
  localAddress: string | null;
  /** Where servers outside saw it come from (`nat-behaviour`); null when nobody could be asked. */
  mappedAddress: string | null;
  /** The address that the router says it has outside; '' or 0.0.0.0 when it says that it has none; null when it was not or could not be asked. */
  routerWanAddress: string | null;
  /** The routers on the way, from the nearest on; null when they cannot be asked for. */
  hops: Hop[] | null;
}

export interface NatLayersFinding {
  layers: NatLayers;
  /** `likely`: rests on a private address on the way alone, which some providers have without translating. */
  certainty: 'certain' | 'likely' | 'unknown';
  evidence: 'same-address' | 'wan-is-shared' | 'wan-is-private' | 'wan-differs' | 'wan-matches' | 'wan-is-public' | 'wan-empty' | 'local-is-shared' | 'hop-is-shared' | 'hop-is-private'
    | 'one-private-hop' | 'none';
}

const INSIDE = new Set(['private', 'shared', 'link-local']);

/** Pure: draws the conclusion. 100.64.0.0/10 is for the providers' translators alone (RFC 6598). */
export function judgeNatLayers({ localAddress, mappedAddress, routerWanAddress, hops }: NatLayersInput): NatLayersFinding {
  const routers = hops?.flatMap((hop) => (hop.kind === 'router' ? [hop.address] : [])) ?? [];
  const beyondFirst = routers.slice(1).map(addressClass);
  const sharedHop = beyondFirst.includes('shared');
  const privateHop = beyondFirst[0] === 'private';
  if (localAddress !== null && mappedAddress === localAddress) return { layers: 'none', certainty: 'certain', evidence: 'same-address' };
  if (routerWanAddress !== null) {
    const wan = routerWanAddress === '' || routerWanAddress === '0.0.0.0' ? 'empty' : addressClass(routerWanAddress);
    if (wan === 'shared') return { layers: 'carrier', certainty: 'certain', evidence: 'wan-is-shared' };
    if (wan !== 'empty' && INSIDE.has(wan)) return { layers: sharedHop ? 'carrier' : 'double', certainty: 'certain', evidence: 'wan-is-private' };
    if (wan === 'empty') {
      return { layers: sharedHop ? 'carrier' : privateHop ? 'double' : 'several', certainty: sharedHop || privateHop ? 'certain' : 'likely', evidence: 'wan-empty' };
    }
    if (mappedAddress !== null && routerWanAddress === mappedAddress) return { layers: 'single', certainty: 'certain', evidence: 'wan-matches' };
    if (mappedAddress === null && wan === 'public' && !sharedHop) return { layers: 'single', certainty: 'likely', evidence: 'wan-is-public' };
    if (mappedAddress !== null) return { layers: sharedHop ? 'carrier' : 'several', certainty: 'likely', evidence: 'wan-differs' };
  }
  if (sharedHop) return { layers: 'carrier', certainty: 'likely', evidence: 'hop-is-shared' };
  if (localAddress !== null && addressClass(localAddress) === 'shared') return { layers: 'carrier', certainty: 'likely', evidence: 'local-is-shared' };
  if (privateHop) return { layers: 'double', certainty: 'likely', evidence: 'hop-is-private' };
  if (localAddress !== null && mappedAddress !== null && hops !== null && (routers.length > 1 || hops[1]?.kind === 'arrived')) {
    return { layers: 'single', certainty: 'likely', evidence: 'one-private-hop' };
  }
  return { layers: 'unknown', certainty: 'unknown', evidence: 'none' };
}

export interface NatLayersContext extends Omit<NatLayersInput, 'hops'> {
  /** An IPv4 address outside whose way is looked at with the system's ping; null asks for no way. */
  hopTarget: string | null;
}

const DEADLINE_MS = 6_000;
const HOPS = 4;

/**
 * IPv4 alone. Facts: `layers`, `certainty`, `evidence`, `routerWanAddress`, `mappedAddress`, `hops` ("192.168.1.1 > 100.64.0.1 > ?"; null without ping).
 * `ok`: none or one; `problem`: the provider's; `warning`: two of them or several.
 */
export function checkNatLayers(context: NatLayersContext, signal: AbortSignal): Promise<CheckResult> {
  return runCheck('nat-layers', DEADLINE_MS, signal, async (inner) => {
    const hops = context.hopTarget === null ? null : await readHops(context.hopTarget, inner);
    const finding = judgeNatLayers({ ...context, hops });
    const { layers } = finding;
    return {
      outcome: layers === 'none' || layers === 'single' ? 'ok' : layers === 'carrier' ? 'problem' : layers === 'unknown' ? 'unknown' : 'warning',
      facts: {
        ...finding, routerWanAddress: context.routerWanAddress, mappedAddress: context.mappedAddress,
        hops: hops === null ? null : hops.map((hop) => (hop.kind === 'router' ? hop.address : hop.kind === 'arrived' ? 'there' : '?')).join(' > '),
      },
    };
  });
}

/** The first routers on the way, all asked at once; null when there is no ping here. */
export async function readHops(target: string, signal: AbortSignal): Promise<Hop[] | null> {
  const asked = await Promise.all(Array.from({ length: HOPS }, (_, i) => hopAt(target, i + 1, signal)));
  const found = asked.filter((hop) => hop !== null);
  if (found.length === 0) return null;
  const end = found.findIndex((hop) => hop.kind === 'arrived');
  return end < 0 ? found : found.slice(0, end + 1);
}
