// Chooses the words of the first level: what it means, what to do, and where on the way something stands.
import type { ActionKind, Check, Connectivity, Reach, Verdict } from '../../../contract/index.ts';

/** People get through, and yet something makes the line bad: then the first line is about that. */
export const isSpoiled = ({ action: { kind } }: Verdict): boolean => kind === 'lower-mtu' || kind === 'set-qos';

/** The key of the first line. */
export function headlineOf({ state, verdict, checks }: Connectivity): string {
  if (state === 'never') return 'connectivity.headline.never';
  if (state === 'running' && verdict.reach === 'unknown') return 'connectivity.headline.running';
  if (verdict.action.kind === 'sign-in-to-network') return 'connectivity.headline.signIn';
  if (isSpoiled(verdict)) return `connectivity.headline.${verdict.action.kind}`;
  if (verdict.means === 'none' && checks.some((check) => check.id === 'network' && check.outcome === 'problem')) return 'connectivity.headline.offline';
  return `connectivity.means.${verdict.means}`;
}

const troubles = ['not-outside', 'server-not-found', 'server-silent', 'server-other', 'server-refused'];

/** The key of the sentence on what to do; where a server was to tell and could not, it is about that server, whose name is among the facts. */
export function whatOf({ verdict: { action: { kind, facts } }, servers }: Pick<Connectivity, 'verdict' | 'servers'>): string {
  if (kind === 'allow-outside-checks' && servers.length === 0) return 'connectivity.noServers';
  const isServer = kind === 'check-again' && typeof facts.server === 'string' && troubles.includes(String(facts.reason));
  return `connectivity.action.${kind}.${isServer ? facts.reason : 'what'}`;
}

/** What the one button of the verdict does. */
export type Move = 'steps' | 'sign-in' | 'copy-message' | 'consent' | 'check' | 'none';

const moves: Record<ActionKind, Move> = {
  none: 'none', wait: 'none', 'sign-in-to-network': 'sign-in', 'forward-port': 'steps', 'turn-on-upnp': 'steps', 'bridge-mode': 'steps', 'ask-provider': 'copy-message',
  'use-ipv6': 'steps', 'open-ipv6-firewall': 'steps', 'leave-vpn': 'steps', 'allow-in-firewall': 'steps', 'lower-mtu': 'steps', 'set-qos': 'steps', 'use-other-network': 'steps',
  'allow-outside-checks': 'consent', 'check-again': 'check',
};
/** A server that stands in the wrong place does not get better by asking it again: another is to be named. */
export const moveOf = (kind: ActionKind, reason?: string | number): Move => (kind === 'check-again' && reason === 'not-outside' ? 'consent' : moves[kind]);

/** Whether there is something that the person can do about it. */
export const canBeImproved = ({ state, verdict }: Connectivity): boolean => state === 'done' && !['none', 'wait', 'check-again'].includes(verdict.action.kind);

export type PlaceId = 'computer' | 'vpn' | 'router' | 'network' | 'second-router' | 'provider' | 'internet' | 'people';
/** blocks: it stops here; slows: it gets through badly here; through: it gets through; unknown: not found out. */
export type Mark = 'blocks' | 'slows' | 'through' | 'unknown';
export interface WayPlace { id: PlaceId; mark: Mark }

/** Where each action finds its obstacle; a place that is not on every way is drawn then. */
const obstacles: Partial<Record<ActionKind, { at: PlaceId; mark: 'blocks' | 'slows' }>> = {
  'sign-in-to-network': { at: 'network', mark: 'blocks' }, 'use-other-network': { at: 'network', mark: 'blocks' },
  'forward-port': { at: 'router', mark: 'blocks' }, 'turn-on-upnp': { at: 'router', mark: 'blocks' }, 'open-ipv6-firewall': { at: 'router', mark: 'blocks' },
  'bridge-mode': { at: 'second-router', mark: 'blocks' }, 'ask-provider': { at: 'provider', mark: 'blocks' }, 'use-ipv6': { at: 'provider', mark: 'slows' },
  'leave-vpn': { at: 'vpn', mark: 'blocks' }, 'allow-in-firewall': { at: 'computer', mark: 'blocks' }, 'lower-mtu': { at: 'internet', mark: 'slows' }, 'set-qos': { at: 'router', mark: 'slows' },
};

/** The places from this computer to other people, and how each lets through what comes from outside. */
export function wayOf({ state, verdict }: Connectivity): { places: WayPlace[]; obstacle: PlaceId | null; mark: Mark } {
  const { reach, action } = verdict;
  const known = state !== 'never' && reach !== 'unknown';
  const found = known ? obstacles[action.kind] ?? (reach === 'blocked' ? { at: 'network' as const, mark: 'blocks' as const } : undefined) : undefined;
  const at = found?.at ?? null;
  const ids: PlaceId[] = [
    'computer', ...(at === 'vpn' ? ['vpn' as const] : []), at === 'network' ? 'network' : 'router', ...(at === 'second-router' ? ['second-router' as const] : []),
    ...(at === 'provider' ? ['provider' as const] : []), 'internet', 'people',
  ];
  const rest: Mark = known && (reach !== 'strict' || found !== undefined) ? 'through' : 'unknown';
  return {
    // What lies between this computer and the obstacle was not tried from outside.
    places: ids.map((id, place) => ({ id, mark: id === at ? found!.mark : found?.mark === 'blocks' && at !== null && place < ids.indexOf(at) ? 'unknown' : rest })),
    obstacle: at, mark: found?.mark ?? rest,
  };
}

const order: readonly Reach[] = ['open', 'moderate', 'strict', 'blocked', 'unknown'];

/** How now compares with before; null where one of both is not known. */
export function comparison(before: Reach, now: Reach): 'better' | 'worse' | 'same' | null {
  if (before === 'unknown' || now === 'unknown') return before === now ? 'same' : null;
  const by = order.indexOf(before) - order.indexOf(now);
  return by === 0 ? 'same' : by > 0 ? 'better' : 'worse';
}

/** The keys of a check's sentence, the closest first. */
export const sentencesOf = ({ id, state, says, outcome }: Pick<Check, 'id' | 'state' | 'says' | 'outcome'>): string[] => (
  state === 'done' || state === 'skipped' ? [`connectivity.check.${id}.${says}`, `connectivity.check.any.${says}`, `connectivity.check.any.${outcome}`] : [`connectivity.check.any.${state}`]
);

/** The address and port that a router is to let through: the verdict's own, or this computer's. */
export function valuesOf({ verdict, ownAddresses, listenPort }: Connectivity): { address: string | null; address6: string | null; port: number | null } {
  const { address, port } = verdict.action.facts;
  const global6 = ownAddresses.find((one) => one.includes(':') && !/^f[cd]|^fe80/i.test(one)) ?? null;
  return {
    address: typeof address === 'string' && address !== '' ? address : ownAddresses.find((one) => !one.includes(':')) ?? null,
    address6: global6, port: typeof port === 'number' && port > 0 ? port : listenPort || null,
  };
}
