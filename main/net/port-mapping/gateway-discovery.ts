// Finds out side by side which ways of mapping the routers of this network offer, and orders them by how well they can be trusted.
import { addressClass } from '../address-rules.ts';
import type { DefaultGateways } from './default-gateway.ts';
import { systemTimer } from './gateway-datagrams.ts';
import { GatewayEpoch } from './gateway-epoch.ts';
import type { ExternalAddress, GatewayInfo, MappingClient, MappingLog, MappingMethod } from './mapping-types.ts';
import { NatPmpClient } from './nat-pmp-client.ts';
import { networkOfNeighbour, ownGlobalIpv6 } from './own-networks.ts';
import type { OwnNetwork } from './own-networks.ts';
import { PcpClient } from './pcp-client.ts';
import { searchGateways } from './ssdp-search.ts';
import { UpnpClient } from './upnp-client.ts';
import { fetchUpnpDevice } from './upnp-device.ts';
import type { UpnpDevice } from './upnp-device.ts';
import { UpnpPinholeClient } from './upnp-pinhole-client.ts';

export interface DiscoveryTiming {
  /** How long answers to the UPnP search are waited for. */
  searchMs: number;
  /** For one request over http. */
  httpMs: number;
  /** For one request by UDP, repetitions included. */
  datagramMs: number;
  /** How long the other ways are still waited for once UPnP was found. */
  graceMs: number;
  leaseSeconds: number;
}

export interface DiscoveryOptions {
  networks: OwnNetwork[];
  gateways: DefaultGateways;
  timing: DiscoveryTiming;
  secret: Uint8Array;
  /** By gateway and protocol; kept by the caller over discoveries. */
  epochs: Map<string, GatewayEpoch>;
  now(): number;
  random(): number;
  log: MappingLog;
  /** Ends the discovery. */
  signal: AbortSignal;
  /** Ends the requests of the clients that were found. */
  clientSignal: AbortSignal;
}

export interface Discovered {
  gateway: GatewayInfo | null;
  /** Those with a list that can be looked into first. */
  clients: MappingClient[];
  externalAddresses: ExternalAddress[];
  /** The own global IPv6 address, null without one. */
  globalIpv6: string | null;
}

const ORDER: readonly MappingMethod[] = ['upnp-2', 'upnp-1', 'pcp', 'nat-pmp', 'upnp-pinhole', 'pcp-ipv6'];
const MAX_EPOCHS = 16;

/** Never throws; ends within the times of `timing`. */
export async function discoverGateways(options: DiscoveryOptions): Promise<Discovered> {
  const { networks, gateways, timing, signal } = options;
  const globalIpv6 = await ownGlobalIpv6(networks);
  const found: Discovered = { gateway: null, clients: [], externalAddresses: [], globalIpv6 };
  const versions = new Set<string>();
  let device: UpnpDevice | null = null;
  const external = (method: MappingMethod, address: string | null): void => {
    found.externalAddresses.push({ method, address, kind: address === null ? 'none' : addressClass(address) });
  };
  let isOver = false;
  const add = (client: MappingClient, version: string): boolean => {
    if (isOver) return false;
    found.clients.push(client);
    versions.add(version);
    return true;
  };

  const ipv4 = gateways.ipv4;
  // Only a router on a private network of our own is asked: whoever has a public address needs no mapping.
  const network = ipv4 === null ? undefined : networkOfNeighbour(networks, ipv4);
  const upnp = async (): Promise<void> => {
    const [best, client, address] = await findUpnp(options, ipv4) ?? [];
    if (!best || !client || !add(client, client.label)) return;
    device = best;
    versions.add(`IGD ${best.igdVersion}`);
    external(client.method, address ?? null);
    const firewall = best.services.find(({ kind }) => kind === 'WANIPv6FirewallControl');
    if (!firewall || globalIpv6 === null) return;
    const pinholes = new UpnpPinholeClient({
      service: firewall, localAddress: globalIpv6, gatewayIpv6: gateways.ipv6, leaseSeconds: timing.leaseSeconds, timeoutMs: timing.httpMs,
    });
    await pinholes.allowed();
    add(pinholes, 'WANIPv6FirewallControl 1');
  };
  const datagrams = (gateway: string, localAddress: string, rule: 'pcp' | 'nat-pmp') => ({
    gateway, localAddress, leaseSeconds: timing.leaseSeconds, timeoutMs: timing.datagramMs, signal: options.clientSignal, secret: options.secret,
    random: options.random, epoch: epochOf(options, gateway, rule),
  });
  const pcp = async (gateway: string, localAddress: string): Promise<void> => {
    const client = new PcpClient(datagrams(gateway, localAddress, 'pcp'));
    await client.announce();
    add(client, 'PCP');
  };
  const natPmp = async (gateway: string, localAddress: string): Promise<void> => {
    const client = new NatPmpClient(datagrams(gateway, localAddress, 'nat-pmp'));
    const address = await client.externalAddress();
    if (add(client, 'NAT-PMP')) external('nat-pmp', address);
  };
  const quietly = async (what: string, tried: Promise<void>): Promise<void> => {
    await tried.catch((error: unknown) => options.log(`port mapping: no ${what}: ${error instanceof Error ? error.message : String(error)}`));
  };
  const upnpDone = quietly('UPnP', upnp());
  const others = [
    ...(ipv4 !== null && network ? [quietly('PCP', pcp(ipv4, network.address)), quietly('NAT-PMP', natPmp(ipv4, network.address))] : []),
    ...(gateways.ipv6 !== null && globalIpv6 !== null ? [quietly('PCP over IPv6', pcp(gateways.ipv6, globalIpv6))] : []),
  ];
  await new Promise<void>((done) => {
    const resolve = (): void => {
      signal.removeEventListener('abort', resolve);
      done();
    };
    signal.addEventListener('abort', resolve, { once: true });
    if (signal.aborted) resolve();
    void Promise.all([upnpDone, ...others]).then(() => resolve());
    // A router whose list can be read is found: what has not answered by now is not waited for.
    void upnpDone.then(() => found.clients.some(({ method }) => method.startsWith('upnp-')) && systemTimer(resolve, timing.graceMs));
  });
  isOver = true;
  found.clients.sort((one, other) => ORDER.indexOf(one.method) - ORDER.indexOf(other.method));
  const described = device as UpnpDevice | null;
  const address = described?.location.host ?? ipv4 ?? gateways.ipv6;
  if (address !== null && address !== undefined) {
    found.gateway = {
      address, manufacturer: described?.manufacturer ?? null, model: described?.model ?? null, presentationUrl: described?.presentationUrl ?? null,
      protocolVersions: [...versions].sort(),
    };
  }
  return found;
}

/** The device whose line is up, the default gateway first, with the address of that line. */
async function findUpnp(options: DiscoveryOptions, defaultGateway: string | null): Promise<[UpnpDevice, UpnpClient, string | null] | null> {
  const { networks, timing, signal, random } = options;
  const locations = await searchGateways({ networks, defaultGateway, windowMs: timing.searchMs, signal, setTimer: systemTimer });
  if (signal.aborted) return null;
  const candidates = await Promise.all(locations.map(async (location) => {
    const device = await fetchUpnpDevice(location, networks, timing.httpMs).catch(() => null);
    const lines = device?.services.filter(({ kind }) => kind !== 'WANIPv6FirewallControl').slice(0, 4) ?? [];
    return Promise.all(lines.map(async (service) => {
      const client = new UpnpClient({ service, leaseSeconds: timing.leaseSeconds, timeoutMs: timing.httpMs, random });
      const [isUp, address] = await Promise.all([client.isConnected(), client.externalAddress().catch(() => undefined)]);
      // undefined: it announces the service, but does not answer there.
      return address === undefined ? null : { device: device!, client, address, rank: rankOf(location.host === defaultGateway, isUp, address) };
    }));
  }));
  const usable = candidates.flat().filter((candidate) => candidate !== null).sort((one, other) => other.rank - one.rank);
  return usable[0] ? [usable[0].device, usable[0].client, usable[0].address] : null;
}

function rankOf(isDefault: boolean, isUp: boolean, address: string | null): number {
  return (isDefault ? 8 : 0) + (address !== null ? 4 : 0) + (address !== null && addressClass(address) === 'public' ? 2 : 0) + (isUp ? 1 : 0);
}

function epochOf({ epochs, now }: DiscoveryOptions, gateway: string, rule: 'pcp' | 'nat-pmp'): GatewayEpoch {
  const key = `${rule} ${gateway}`;
  const known = epochs.get(key);
  if (known) return known;
  if (epochs.size >= MAX_EPOCHS) epochs.delete(epochs.keys().next().value!);
  const epoch = new GatewayEpoch(rule, now);
  epochs.set(key, epoch);
  return epoch;
}
