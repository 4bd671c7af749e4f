// The guides of routers and places: which there are, which one fits the router that was found, and their loading when they are looked at.
import type { ActionKind, Gateway } from '../../../contract/index.ts';
import index from '../../../assets/routers/index.json';

export interface GuideSource { title: string; url: string }

/** Steps of one maker. `{address}`, `{port}` and `{protocol}` stand for what is to be entered. */
export interface MakerGuide {
  id: string;
  /** Where its own page usually is: addresses, or the name of an app. */
  pages: string[];
  upnp: string[];
  forwarding: string[];
  reservation: string[];
  /** Only where the box can be turned into a plain modem or access point. */
  bridge?: string[];
  /** Anything to know before: an app alone, a switch that is set elsewhere. */
  note?: string;
  sources: GuideSource[];
  /** The day on which the steps were compared with the sources. */
  checked: string;
  /** True where the sources were read and name the menus; false: the steps keep to what is true of any router. */
  verified: boolean;
}

/** Steps of a place or a kind of network. */
export interface PlaceGuide { id: string; title: string; lead: string; steps: string[]; sources: GuideSource[]; checked: string; verified: boolean }

export interface GuideEntry { id: string; name: string; match: { manufacturer?: string; model?: string }[] }
export interface PlaceEntry { id: string; title: string }

export const makers: readonly GuideEntry[] = index.makers;
export const places: readonly PlaceEntry[] = index.places;
export const genericId = 'generic';

const makerFiles = import.meta.glob<MakerGuide>('../../../assets/routers/makers/*.json', { import: 'default' });
const placeFiles = import.meta.glob<PlaceGuide>('../../../assets/routers/places/*.json', { import: 'default' });

export const loadMaker = (id: string): Promise<MakerGuide> | null => makerFiles[`../../../assets/routers/makers/${id}.json`]?.() ?? null;
export const loadPlace = (id: string): Promise<PlaceGuide> | null => placeFiles[`../../../assets/routers/places/${id}.json`]?.() ?? null;

/** The guide that fits what the router says of itself; null when none does. The first entry counts: particular ones stand before general ones. */
export function guideFor(gateway: Pick<Gateway, 'manufacturer' | 'model'> | null): string | null {
  if (!gateway) return null;
  const fits = (pattern: string | undefined, words: string | null): boolean => pattern === undefined || (words !== null && new RegExp(pattern, 'i').test(words));
  const rules = (entry: GuideEntry): boolean => entry.match.some(({ manufacturer, model }) => fits(manufacturer, gateway.manufacturer) && fits(model, gateway.model));
  return makers.find(rules)?.id ?? null;
}

export type GuidePart = 'upnp' | 'reservation' | 'forwarding' | 'bridge';

/** What of a maker's guide helps with an action, and what else may; empty where routers are not the matter. */
export function partsFor(kind: ActionKind): { first: GuidePart[]; otherwise: GuidePart[] } {
  switch (kind) {
    case 'turn-on-upnp': return { first: ['upnp'], otherwise: ['reservation', 'forwarding'] };
    case 'forward-port': return { first: ['reservation', 'forwarding'], otherwise: ['upnp'] };
    case 'bridge-mode': return { first: ['bridge'], otherwise: [] };
    default: return { first: [], otherwise: [] };
  }
}

const placeOf: Partial<Record<ActionKind, string>> = {
  'ask-provider': 'carrier', 'use-ipv6': 'carrier', 'bridge-mode': 'double-nat', 'open-ipv6-firewall': 'ipv6-firewall', 'leave-vpn': 'vpn', 'use-other-network': 'hotel', 'sign-in-to-network': 'hotel',
};
/** The guide of a place that belongs to an action. */
export const placeFor = (kind: ActionKind): string | null => placeOf[kind] ?? null;

/** A step with what is to be entered in place of its placeholders. */
export function fillStep(step: string, values: { address: string | null; port: number | null }, unknown: { address: string; port: string }): string {
  return step.replaceAll('{address}', values.address ?? unknown.address).replaceAll('{port}', values.port === null ? unknown.port : String(values.port)).replaceAll('{protocol}', 'TCP + UDP');
}
