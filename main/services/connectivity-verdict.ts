// Draws the conclusion from what was measured: who can reach us on each path, what that means, and the one thing to do. Pure.
import type { ActionKind, CheckId, PathReach, Reach, Verdict } from '../../contract/index.ts';
import { troubleOf } from './outside-checks.ts';

type Fact = string | number | boolean | null;
export interface CheckFinding { outcome: 'ok' | 'problem' | 'warning' | 'unknown' | 'not-applicable'; facts: Readonly<Record<string, Fact>> }

/** A mapping on the router, as far as the verdict needs it. */
export interface MappingFinding { protocol: 'tcp' | 'udp'; family: 4 | 6; confirmed: boolean; externalAddressIsPublic: boolean; errorCode: string | null }

export interface Evidence {
  /** What was found, of the checks that ran. `probe` is of IPv4, `probe6` of IPv6. */
  findings: ReadonlyMap<CheckId, CheckFinding>;
  mappings: readonly MappingFinding[];
  /** A router answered to UPnP, PCP or NAT-PMP; null: none was looked for yet. */
  gatewayTalks: boolean | null;
  /** Paths on which somebody outside connected to us since the start. */
  inbound: readonly { transport: 'tcp' | 'udp'; family: 4 | 6 }[];
  /** Whether servers outside may be asked. */
  consent: boolean;
  ownAddress: string | null;
  listenPort: number;
}

const order: readonly Reach[] = ['open', 'moderate', 'strict', 'blocked', 'unknown'];

export function judgeConnectivity(evidence: Evidence): Verdict {
  const portal = factOf(evidence, 'captive-portal', 'portal') === true;
  const paths = ([[`tcp`, 4], ['udp', 4], ['tcp', 6], ['udp', 6]] as const).map(([transport, family]) => pathReach(evidence, transport, family, portal));
  const reach = overall(paths);
  return { reach, paths, means: meansOf(evidence, reach, paths, portal), action: actionOf(evidence, reach, paths, portal) };
}

function pathReach(e: Evidence, transport: 'tcp' | 'udp', family: 4 | 6, portal: boolean): PathReach {
  const path = (reach: Reach, ...because: (CheckId)[]): PathReach => ({ transport, family, reach, because });
  if (e.inbound.some((one) => one.transport === transport && one.family === family)) return path('open', 'inbound');
  const probeId = family === 4 ? 'probe' : 'probe6';
  const probed = factOf(e, probeId, transport);
  if (probed === 'reachable') return path('open', probeId);
  if (portal) return path('blocked', 'captive-portal');
  if (factOf(e, 'vpn', 'isOnline') === false) return path('blocked', 'network');
  if (family === 4 && factOf(e, 'network', 'isOnline') === true && factOf(e, 'network', 'address') === null) return path('blocked', 'network');
  return family === 6 ? ipv6Reach(e, transport, probed, path) : ipv4Reach(e, transport, probed, path);
}

type MakePath = (reach: Reach, ...because: (CheckId)[]) => PathReach;

function ipv4Reach(e: Evidence, transport: 'tcp' | 'udp', probed: Fact | undefined, path: MakePath): PathReach {
  const udp = factOf(e, 'nat', 'udp');
  if (transport === 'udp' && udp === 'blocked') return path('blocked', 'nat');
  // One server that does not answer may be down; several, over TCP and UDP, are out of reach.
  const asked = factOf(e, 'nat', 'serversAsked');
  if (udp !== 'open' && factOf(e, 'nat', 'tcpWorks') === false && typeof asked === 'number' && asked > 1) return path('blocked', 'nat');
  const layers = factOf(e, 'nat-layers', 'layers');
  const behindOthers = layers === 'carrier' || layers === 'double' || layers === 'several';
  if (probed === 'unreachable') {
    // UDP that keeps one address for everybody is met half way: each side's own packet opens the door for the other.
    return transport === 'udp' && isEasyNat(e) ? path('moderate', 'nat', 'probe') : path('strict', 'probe');
  }
  const mapped = e.mappings.some((one) => one.protocol === transport && one.family === 4 && one.confirmed && one.externalAddressIsPublic);
  if (mapped && !behindOthers) return path('moderate', 'mapping');
  if (factOf(e, 'nat', 'mapping') === 'direct') return path('moderate', 'nat');
  if (transport === 'udp' && isEasyNat(e)) return path('moderate', 'nat');
  if (behindOthers) return path('strict', 'nat-layers');
  const natOutcome = findingOf(e, 'nat')?.outcome;
  if (natOutcome === 'ok' || natOutcome === 'warning' || (natOutcome === 'problem' && factOf(e, 'nat', 'tcpWorks') === true)) return path('strict', 'nat');
  if (layers === 'single') return path('strict', 'nat-layers');
  return path('unknown');
}

function ipv6Reach(e: Evidence, transport: 'tcp' | 'udp', probed: Fact | undefined, path: MakePath): PathReach {
  const ipv6 = findingOf(e, 'ipv6');
  if (!ipv6) return path('unknown');
  if (ipv6.facts.globalAddress === null) return path('blocked', 'ipv6');
  const outward = transport === 'tcp' ? ipv6.facts.outwardTcp : ipv6.facts.outwardUdp;
  if (ipv6.outcome === 'warning' || outward === false) return path('blocked', 'ipv6');
  if (probed === 'unreachable') return path('strict', 'probe6', 'ipv6');
  if (e.mappings.some((one) => one.protocol === transport && one.family === 6 && one.confirmed)) return path('moderate', 'mapping');
  return path('unknown', 'ipv6');
}

/** Translated, and yet the same address and port for everybody. */
function isEasyNat(e: Evidence): boolean {
  const mapping = factOf(e, 'nat', 'mapping');
  return mapping === 'endpoint-independent' || mapping === 'direct';
}

/**
 * Connections come over TCP or over uTP, so the better of all paths counts; blocked ones only when nothing else is known. Nothing of ours listens for UDP
 * over IPv6: what passes there helps nobody.
 */
function overall(paths: readonly PathReach[]): Reach {
  const tcp = paths.filter((path) => path.transport === 'tcp').map((path) => path.reach);
  const all = paths.filter((path) => path.transport === 'tcp' || path.family === 4).map((path) => path.reach);
  if (all.includes('open')) return 'open';
  if (tcp.includes('moderate')) return 'moderate';
  if (all.includes('moderate')) return 'moderate';
  if (all.includes('strict')) return 'strict';
  return all.every((reach) => reach === 'blocked') ? 'blocked' : 'unknown';
}

function meansOf(e: Evidence, reach: Reach, paths: readonly PathReach[], portal: boolean): Verdict['means'] {
  if (portal || reach === 'blocked') return 'none';
  if (hasHole(e)) return 'slow'; // whoever connects: what is large gets lost
  if (reach === 'open') return 'best';
  if (reach === 'moderate') return 'good';
  if (reach === 'unknown') return 'unknown';
  const [tcp, udp] = (['tcp', 'udp'] as const).map((transport) => paths.find((path) => path.family === 4 && path.transport === transport)?.reach);
  return udp === 'blocked' && tcp !== 'blocked' ? 'slow' : 'fewer-people';
}

/** The first that applies: what stops everything, then what keeps others out, then what spoils the line. */
function actionOf(e: Evidence, reach: Reach, paths: readonly PathReach[], portal: boolean): Verdict['action'] {
  const action = (kind: ActionKind, facts: Record<string, string | number> = {}): Verdict['action'] => ({ kind, facts });
  const forward = { address: e.ownAddress ?? '', port: e.listenPort };
  const address6 = factOf(e, 'ipv6', 'globalAddress');
  const forward6 = { address: typeof address6 === 'string' ? address6 : '', port: e.listenPort };
  if (portal) return action('sign-in-to-network', textFacts(e, 'captive-portal', ['openUrl']));
  if (reach === 'blocked') return action('use-other-network');
  if (reach !== 'open') {
    if (factOf(e, 'vpn', 'vpn') === true) return action('leave-vpn', textFacts(e, 'vpn', ['vpnInterface']));
    // People whose packets get lost are worse than people who are missing.
    if (hasHole(e)) return spoiled(e, action)!;
    const layers = factOf(e, 'nat-layers', 'layers');
    const hasIpv6 = typeof factOf(e, 'ipv6', 'globalAddress') === 'string' && findingOf(e, 'ipv6')?.outcome === 'ok';
    const tcp6 = paths.find((path) => path.family === 6 && path.transport === 'tcp')?.reach;
    if (layers === 'carrier') {
      // Nothing at home opens a carrier's translator: a port forwarding is never advised here.
      if (hasIpv6 && tcp6 === 'strict') return action('open-ipv6-firewall', forward6);
      return hasIpv6 ? action('use-ipv6') : action('ask-provider');
    }
    if (layers === 'double') return action('bridge-mode', textFacts(e, 'nat-layers', ['routerWanAddress']));
    const mappedTcp = e.mappings.find((one) => one.protocol === 'tcp' && one.family === 4);
    const probed = factOf(e, 'probe', 'tcp');
    if (layers === 'several') return action('bridge-mode', textFacts(e, 'nat-layers', ['routerWanAddress']));
    if (probed === 'unreachable' && mappedTcp?.confirmed) return action('allow-in-firewall', forward);
    if (probed === 'unreachable' && factOf(e, 'nat', 'mapping') === 'direct') return action('allow-in-firewall', forward);
    if (hasIpv6 && tcp6 === 'strict' && paths.every((path) => path.family === 6 || path.reach === 'blocked' || path.reach === 'unknown')) return action('open-ipv6-firewall', forward6);
    if (reach === 'moderate' && mappedTcp?.confirmed) return spoiled(e, action) ?? action(e.consent ? 'none' : 'allow-outside-checks');
    if (reach === 'unknown') return e.consent ? action('check-again', serverAtFault(e)) : action('allow-outside-checks');
    if (factOf(e, 'nat', 'mapping') === 'direct') return spoiled(e, action) ?? action('none');
    if (e.gatewayTalks === false) return action('turn-on-upnp', forward);
    if (mappedTcp && !mappedTcp.confirmed) return action(mappedTcp.errorCode === 'not-allowed' ? 'turn-on-upnp' : 'forward-port', forward);
    if (reach === 'strict' || reach === 'moderate') return action('forward-port', forward);
  }
  return spoiled(e, action) ?? action('none');
}

/** The server that was to tell and could not, and why (`ServerTrouble`); {} where none was the cause. What says more comes before a name that is not found. */
function serverAtFault(e: Evidence): Record<string, string> {
  // A server's name may well have no address of the other family: over IPv6 that is no news.
  const found = (['probe', 'nat', 'probe6', 'ipv6'] as const).flatMap((id) => {
    const finding = findingOf(e, id);
    const trouble = finding ? troubleOf(finding) : null;
    return trouble && (trouble.trouble !== 'server-not-found' || id === 'probe' || id === 'nat') ? [trouble] : [];
  });
  const cause = found.find(({ trouble }) => trouble !== 'server-not-found') ?? found[0];
  return cause ? { server: cause.server, reason: cause.trouble } : {};
}

/** What makes a line bad although people get through. */
function spoiled(e: Evidence, action: (kind: ActionKind, facts?: Record<string, string | number>) => Verdict['action']): Verdict['action'] | null {
  if (hasHole(e)) return action('lower-mtu', numberFacts(e, 'path-mtu', ['tcpUpMtu', 'tcpDownMtu']));
  if (factOf(e, 'latency', 'bloated') === true) return action('set-qos', numberFacts(e, 'latency', ['gatewayIdleMs', 'gatewayLoadedMs']));
  return null;
}

/** Large packets get lost without a word. */
const hasHole = (e: Evidence): boolean => findingOf(e, 'path-mtu')?.outcome === 'problem';

const findingOf = (e: Evidence, id: CheckId): CheckFinding | undefined => e.findings.get(id);
const factOf = (e: Evidence, id: CheckId, name: string): Fact | undefined => e.findings.get(id)?.facts[name];

function textFacts(e: Evidence, id: CheckId, names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => {
    const value = factOf(e, id, name);
    return typeof value === 'string' ? [[name, value]] : [];
  }));
}

function numberFacts(e: Evidence, id: CheckId, names: string[]): Record<string, number> {
  return Object.fromEntries(names.flatMap((name) => {
    const value = factOf(e, id, name);
    return typeof value === 'number' ? [[name, value]] : [];
  }));
}

/** The better of two, for comparing runs. */
export const isBetter = (one: Reach, other: Reach): boolean => order.indexOf(one) < order.indexOf(other);
