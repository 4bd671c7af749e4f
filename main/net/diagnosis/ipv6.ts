// Whether IPv6 works: a global address, a way out, and whether somebody translates it on the way. Who may come in is `reachability`'s to say.
import { addressClass } from '../address-rules.ts';
import type { CheckResult, ServerAddress } from './check-types.ts';
import { readOsNetwork } from './os-network.ts';
import type { OsNetwork } from './os-network.ts';
import { resolveServer } from './resolve-server.ts';
import { runCheck } from './run-check.ts';
import type { Finding } from './run-check.ts';
import { sourceAddressTowards } from './source-address.ts';
import { StunSocket } from './stun.ts';
import { tryTcp } from './tcp-try.ts';

export interface Ipv6Context {
  stunServers: ServerAddress[];
  /** Something that accepts TCP over IPv6. */
  tcpServers: ServerAddress[];
  network?: OsNetwork;
}

const MAX_SERVERS = 3;

/**
 * Facts: `globalAddress` (the one in use; null without), `outwardUdp`, `outwardTcp` (true, false, null when there was nobody to ask), `mappedAddress`,
 * `isTranslated`. `not-applicable`: no global address; `warning`: an address but no way out, which makes programs wait.
 */
export function checkIpv6(context: Ipv6Context, signal: AbortSignal): Promise<CheckResult> {
  return runCheck('ipv6', 6_000, signal, async (inner): Promise<Finding> => {
    const network = context.network ?? await readOsNetwork();
    const [stun, tcp] = await Promise.all([context.stunServers, context.tcpServers].map(async (servers) => (
      (await Promise.all(servers.slice(0, MAX_SERVERS).map((server) => resolveServer(server, 6)))).filter((place) => place !== null)
    ))) as [{ address: string; port: number }[], { address: string; port: number }[]];
    const target = stun[0] ?? tcp[0];
    const source = (target ? await sourceAddressTowards(target.address) : null) ?? network.outwardIpv6?.address ?? null;
    const any = network.interfaces.flatMap(({ addresses }) => addresses).find((one) => one.family === 6 && one.class === 'public')?.address ?? null;
    const globalAddress = source !== null && addressClass(source) === 'public' ? source : any;
    const none = { globalAddress, outwardUdp: null, outwardTcp: null, mappedAddress: null, isTranslated: null };
    if (source === null) return { outcome: globalAddress === null ? 'not-applicable' : 'warning', facts: none };
    if (!target) return { outcome: globalAddress === null ? 'not-applicable' : 'unknown', facts: none };
    const socket = await StunSocket.open({ family: 6, address: source }, inner);
    const [answers, tries] = await Promise.all([
      Promise.all(stun.map((place) => socket.binding(place, inner))), Promise.all(tcp.map(({ address, port }) => tryTcp({ host: address, port }, 3_000, inner))),
    ]);
    const mappedAddress = answers.find((answer) => answer !== null)?.mapped.address ?? null;
    const outwardUdp = stun.length === 0 ? null : mappedAddress !== null;
    const outwardTcp = tcp.length === 0 ? null : tries.some(({ outcome }) => outcome === 'connected' || outcome === 'refused');
    const facts = { globalAddress, outwardUdp, outwardTcp, mappedAddress, isTranslated: mappedAddress === null ? null : mappedAddress !== source };
    if (outwardUdp === true || outwardTcp === true) return { outcome: 'ok', facts };
    return { outcome: globalAddress === null ? 'not-applicable' : 'warning', facts };
  });
}
