// The servers that the checks of the network may ask: those of packages and those of the settings, parsed and as they are listed to the user.
import { ContractError } from '../../contract/index.ts';
import type { Connectivity, DiagnosisServers } from '../../contract/index.ts';
import { parsePortalProbe } from '../net/diagnosis/captive-portal.ts';
import type { ServerAddress } from '../net/diagnosis/check-types.ts';
import { parseServerAddress } from '../net/diagnosis/resolve-server.ts';
import { DEFAULT_PROBE_PORT } from '../net/probe-server/probe-protocol.ts';

export interface PackageServers { stun: string[]; probe: string[] }

const stunPort = 3478;

/** What cannot be parsed is left out. */
export function parseServers({ stun, probe, turn, portal }: DiagnosisServers, packages: PackageServers) {
  const parse = (list: string[], port: number): ServerAddress[] => list.flatMap((text) => parseServerAddress(text, port) ?? []);
  return {
    stun: parse([...packages.stun, ...stun], stunPort), probe: parse([...packages.probe, ...probe], DEFAULT_PROBE_PORT),
    turn: turn.flatMap(({ address, username, password }) => {
      const server = parseServerAddress(address, stunPort);
      return server ? [{ server, username, password }] : [];
    }),
    portal: portal.flatMap((text) => parsePortalProbe(text) ?? []),
  };
}

/** Refuses what would only be left out later. @throws ContractError `bad-request` that names the first such line */
export function checkServers({ stun, probe, turn, portal }: DiagnosisServers): void {
  const wrong = [...stun, ...probe, ...turn.map(({ address }) => address)].find((text) => parseServerAddress(text, stunPort) === null);
  if (wrong !== undefined) throw new ContractError('bad-request', `This is not a server's address: ${wrong.slice(0, 80)}. Give HOST:PORT, for example probe.example.org:${DEFAULT_PROBE_PORT}.`);
  const wrongPage = portal.find((text) => parsePortalProbe(text) === null);
  if (wrongPage !== undefined) throw new ContractError('bad-request', `This is not a page to ask for: ${wrongPage.slice(0, 80)}. Give a plain http address, a space, and what it answers.`);
}

/** Each with who named it, for the question of consent. */
export function listServers(own: DiagnosisServers, packages: PackageServers): Connectivity['servers'] {
  return [
    ...packages.stun.map((address) => ({ kind: 'stun' as const, address, from: 'package' as const })),
    ...packages.probe.map((address) => ({ kind: 'probe' as const, address, from: 'package' as const })),
    ...own.stun.map((address) => ({ kind: 'stun' as const, address, from: 'settings' as const })),
    ...own.probe.map((address) => ({ kind: 'probe' as const, address, from: 'settings' as const })),
    ...own.turn.map(({ address }) => ({ kind: 'turn' as const, address, from: 'settings' as const })),
    ...own.portal.map((address) => ({ kind: 'portal' as const, address: address.split(' ')[0]!, from: 'settings' as const })),
  ];
}
