// The report on the network as lines for a terminal: what it means first, then what to do, then the evidence.
import type { Connectivity } from '../../contract/index.ts';
import { printable } from './format.ts';

const means: Record<Connectivity['verdict']['means'], string> = {
  'best': 'Everybody can reach you: downloads and sharing work as well as they can.',
  'good': 'Most people can reach you.',
  'fewer-people': 'Others cannot connect to you. You connect to them, so downloads work, with fewer people and less speed.',
  'slow': 'This network lets only part of the traffic through. Downloads work, but they may be slow.',
  'none': 'This network lets nothing of this kind through.',
  'unknown': 'It is not known whether others can reach you.',
};

const actions: Record<Connectivity['verdict']['action']['kind'], string> = {
  'none': 'There is nothing to do.',
  'wait': 'Wait a moment; the checks are still running.',
  'sign-in-to-network': 'Open the browser and sign in to this network first.',
  'forward-port': 'Open the port on the router: forward the port below to this computer.',
  'turn-on-upnp': "Switch on UPnP (or NAT-PMP) in the router's settings, then check again. Or forward the port below to this computer.",
  'bridge-mode': 'There are two routers in a row. Switch the first one to bridge mode, or forward the port on both.',
  'ask-provider': 'Your provider shares one address among many customers. Nothing at home changes that: ask the provider for an own IPv4 address, or for IPv6.',
  'use-ipv6': 'Your provider shares one IPv4 address among many customers. IPv6 works here: keep it switched on.',
  'open-ipv6-firewall': "Allow the port below for this computer in the router's IPv6 firewall.",
  'leave-vpn': 'A VPN is in the way. Others reach you only when it forwards a port, or without it.',
  'allow-in-firewall': "The router lets others in, and this computer does not answer: allow Flashswarm in this computer's firewall.",
  'lower-mtu': 'Large packets get lost on the way. Lower the MTU on the router to the value below.',
  'set-qos': "The line gets slow to answer while it is busy. Switch on QoS (smart queue, SQM) in the router's settings.",
  'use-other-network': 'Try another network: this one lets nothing through.',
  'allow-outside-checks': 'Allow a server outside to be asked (--allow-outside, or --probe) to find out more.',
  'check-again': 'Check again later.',
};

/** What was wrong with a server that was to tell, by the word of its check. */
const troubles: Record<string, (server: string) => string> = {
  'not-outside': (server) => `The server ${server} stands on this computer or in your own network: it cannot tell whether people outside reach you. Name one outside (--probe HOST:PORT).`,
  'server-not-found': (server) => `The server ${server} could not be found. Check its name, or try again later.`,
  'server-silent': (server) => `The server ${server} did not answer. Check its address and port and whether it is running, or try again later.`,
  'server-other': (server) => `What answers at ${server} is no probe server (flashswarm probe-server). Check its address and port.`,
  'server-refused': (server) => `The server ${server} did not want to answer now. Try again in some minutes.`,
};
const troubleText = (word: unknown, server: unknown): string | null => (
  typeof word === 'string' && typeof server === 'string' && Object.hasOwn(troubles, word) ? troubles[word]!(printable(server)) : null
);

/** What the verdict means for downloads, as a sentence. */
export const meaningOf = ({ verdict }: Connectivity): string => means[verdict.means];

export function doctorText(report: Connectivity): string {
  const { verdict, gateway } = report;
  const { kind, facts: { server, reason } } = verdict.action;
  const cause = kind === 'check-again' ? troubleText(reason, server) : null;
  const facts = cause !== null ? [] : Object.entries(verdict.action.facts).map(([name, value]) => `  ${name}: ${printable(String(value))}`);
  // Over IPv6 a name that leads nowhere is no news, and path-mtu asks the server that probe asked.
  const other = ['probe', 'nat'].flatMap((id) => report.checks.find((check) => check.id === id && check.facts.server !== server) ?? []).flatMap((check) => troubleText(check.says, check.facts.server) ?? []);
  const done = report.checks.filter((check) => check.state === 'done');
  const left = report.checks.filter((check) => check.state !== 'done');
  return `${[
    meaningOf(report),
    cause ?? actions[kind],
    ...facts,
    ...new Set(other),
    ...(report.hint === null ? [] : [`The publisher says: ${printable(report.hint)}`]),
    '',
    ...verdict.paths.map((path) => `${path.transport.toUpperCase()} over IPv${path.family}`.padEnd(14) + `${path.reach}${path.because.length ? ` (${path.because.join(', ')})` : ''}`),
    '',
    ...(gateway ? [`Router        ${[gateway.manufacturer, gateway.model].filter((text) => text !== null).map((text) => printable(text)).join(' ') || 'unknown make'}, ${gateway.address}`] : []),
    ...report.mappings.map((one) => `Mapping       ${one.protocol} ${one.externalPort ?? '-'} to ${one.internalPort}${one.confirmed ? `, ${one.method}` : `: ${one.error ?? 'not made'}`}`),
    ...done.map((check) => `${check.id.padEnd(14)}${check.outcome}, ${check.says}${typeof check.facts.server === 'string' ? ` (${printable(check.facts.server)})` : ''}${check.tookMs === null ? '' : `, ${(check.tookMs / 1000).toFixed(1)} s`}`),
    ...(left.length ? [`Not checked   ${left.map((check) => check.id).join(', ')}`] : []),
  ].join('\n')}\n`;
}
