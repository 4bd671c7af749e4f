// The servers that the checks of the network may ask: those of packages and those of the settings, parsed and as they are listed to the user.
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
