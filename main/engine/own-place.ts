// Where this machine is among the addresses of the world: its subnets, and the public address that others see it under.
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';
import { addressClass } from '../metainfo/address-rules.ts';

/** How near an address is; smaller is nearer. */
export const Nearness = { ownSubnet: 0, private: 1, sameProvider: 2, elsewhere: 3 } as const;

interface OwnNetworks { ipv4: BlockList; ipv6: BlockList; private: boolean; publicPrefixes: Set<string> }

const LOOK_AGAIN_MS = 60_000;
/** One peer may lie about what it sees; it only wins an order of dialling by that. */
const WITNESSES = 2;
const MAX_SEEN = 32;

export class OwnPlace {
  readonly #now: () => number;
  readonly #interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
  readonly #seen = new Map<string, Set<string>>();
  #lookedAtMs = -Infinity;
  #own: OwnNetworks = { ipv4: new BlockList(), ipv6: new BlockList(), private: false, publicPrefixes: new Set<string>() };
  #told = new Set<string>();

  constructor(now: () => number, interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces) {
    this.#now = now;
    this.#interfaces = interfaces;
  }

  /** A peer or a tracker says under which address it sees us (BEP 10 yourip, BEP 24). @param by its host: two must say the same */
  seenAs(address: string, by: string): void {
    const prefix = prefixOf(address);
    if (prefix === null || addressClass(address) !== 'public') return;
    let witnesses = this.#seen.get(prefix);
    if (!witnesses) {
      if (this.#seen.size >= MAX_SEEN) this.#seen.delete(this.#seen.keys().next().value!);
      this.#seen.set(prefix, witnesses = new Set());
    }
    if (witnesses.size < WITNESSES) witnesses.add(by);
    if (witnesses.size >= WITNESSES) this.#told.add(prefix);
    if (this.#told.size > MAX_SEEN) this.#told.delete(this.#told.values().next().value!);
  }

  /** @param host a literal address, or a name (which is never near) */
  nearness(host: string): number {
    this.#look();
    const type = isIPv4(host) ? 'ipv4' : isIPv6(host) ? 'ipv6' : null;
    if (type === null) return Nearness.elsewhere;
    if (this.#own[type].check(host, type)) return Nearness.ownSubnet;
    const kind = addressClass(host);
    if (kind === 'loopback') return Nearness.ownSubnet;
    if (kind === 'private' || kind === 'link-local') return this.#own.private ? Nearness.private : Nearness.elsewhere;
    const prefix = prefixOf(host);
    return prefix !== null && (this.#own.publicPrefixes.has(prefix) || this.#told.has(prefix)) ? Nearness.sameProvider : Nearness.elsewhere;
  }

  /**
   * Whether the host is reached without the line to the internet: a computer in the same home. What is only on this machine does not count, nor
   * do neighbours with public IPv4 addresses: those are in a data centre, where the line is one and what goes over it is paid for.
   */
  isLocal(host: string): boolean {
    if (this.nearness(host) !== Nearness.ownSubnet) return false;
    const kind = addressClass(host);
    return kind !== 'loopback' && (isIPv6(host) || kind !== 'public');
  }

  #look(): void {
    if (this.#now() - this.#lookedAtMs < LOOK_AGAIN_MS) return;
    this.#lookedAtMs = this.#now();
    const own: OwnNetworks = { ipv4: new BlockList(), ipv6: new BlockList(), private: false, publicPrefixes: new Set() };
    for (const { address, cidr, internal } of Object.values(this.#interfaces()).flatMap((entries) => entries ?? [])) {
      const bits = Number(cidr?.split('/')[1]);
      // A net of millions of addresses is no neighbourhood.
      if (internal || !(bits >= (isIPv4(address) ? 16 : 48))) continue;
      if (isIPv4(address)) own.ipv4.addSubnet(address, bits, 'ipv4');
      else own.ipv6.addSubnet(address.replace(/%.*$/, ''), bits, 'ipv6');
      const kind = addressClass(address);
      if (kind === 'private') own.private = true;
      const prefix = prefixOf(address);
      if (kind === 'public' && prefix !== null) own.publicPrefixes.add(prefix);
    }
    this.#own = own;
  }
}

/** The /24 of an IPv4 address, the /48 of an IPv6 one: what providers give to one place. */
export function prefixOf(address: string): string | null {
  if (isIPv4(address)) return address.slice(0, address.lastIndexOf('.'));
  if (!isIPv6(address)) return null;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const first = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? first : [...first, ...Array<string>(Math.max(0, 8 - first.length - rest.length)).fill('0'), ...rest];
  return groups.slice(0, 3).map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':');
}
