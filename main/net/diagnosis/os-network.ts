// This machine's side of the network: own addresses, kinds of interfaces, the routers, and which way the internet is taken.
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';
import { addressClass } from '../address-rules.ts';
import type { AddressClass } from '../address-rules.ts';
import { findDefaultGateways } from '../port-mapping/default-gateway.ts';
import type { IpFamily } from './check-types.ts';
import { interfaceOf, sourceAddressTowards } from './source-address.ts';

/** `tunnel`: a VPN of any make; `point-to-point`: a modem's or a VPN's ppp; `virtual`: bridges of containers and virtual machines. */
export type InterfaceKind = 'wired' | 'wireless' | 'cellular' | 'tunnel' | 'point-to-point' | 'virtual' | 'loopback' | 'unknown';

export interface OwnAddress { address: string; family: IpFamily; prefixLength: number; class: AddressClass }
export interface OwnInterface { name: string; kind: InterfaceKind; addresses: OwnAddress[] }

export interface OsNetwork {
  interfaces: OwnInterface[];
  gatewayIpv4: string | null;
  gatewayIpv6: string | null;
  /** The own address and interface that lead to the internet; null when nothing does. */
  outwardIpv4: { address: string; interfaceName: string | null; kind: InterfaceKind } | null;
  outwardIpv6: { address: string; interfaceName: string | null; kind: InterfaceKind } | null;
}

const MAX_INTERFACES = 64;
const MAX_ADDRESSES = 32;
// Linux's ARPHRD: without hardware (tun, WireGuard), IP in IP, 6in4, GRE.
const TUNNEL_TYPES = new Set([65_534, 768, 769, 776, 778, 823]);
// Addresses that are on the public internet for certain; nothing is sent to them (the DNS roots' M, by number).
const OUTSIDE = { 4: '202.12.27.33', 6: '2001:dc3::35' } as const;

/** @param outside other addresses to look towards, for networks that are no part of the internet */
export async function readOsNetwork(outside: { 4: string; 6: string } = OUTSIDE): Promise<OsNetwork> {
  const all = networkInterfaces();
  const [gateways, ipv4, ipv6, hints] = await Promise.all([
    findDefaultGateways(), sourceAddressTowards(outside[4]), sourceAddressTowards(outside[6]), Promise.all(Object.keys(all).slice(0, MAX_INTERFACES).map(readHints)),
  ]);
  const interfaces = readInterfaces(all, new Map(hints.map((one) => [one.name, one])));
  const outward = (address: string | null): OsNetwork['outwardIpv4'] => {
    if (address === null) return null;
    const interfaceName = interfaceOf(address);
    return { address, interfaceName, kind: interfaces.find(({ name }) => name === interfaceName)?.kind ?? 'unknown' };
  };
  return { interfaces, gatewayIpv4: gateways.ipv4, gatewayIpv6: gateways.ipv6, outwardIpv4: outward(ipv4), outwardIpv6: outward(ipv6) };
}

export interface InterfaceHints { name: string; linuxType: number | null; isWireless: boolean; deviceType: string | null }

export function readInterfaces(all: NodeJS.Dict<NetworkInterfaceInfo[]>, hints: ReadonlyMap<string, InterfaceHints>): OwnInterface[] {
  return Object.entries(all).slice(0, MAX_INTERFACES).map(([name, entries = []]) => ({
    name, kind: interfaceKind(name, entries, hints.get(name)),
    addresses: entries.slice(0, MAX_ADDRESSES).map(({ address, family, cidr }) => ({
      address, family: family === 'IPv4' ? 4 : 6, prefixLength: Number(cidr?.split('/')[1] ?? 0), class: addressClass(address),
    })),
  }));
}

/** By what the kernel says where it does, else by the names that systems give. */
export function interfaceKind(name: string, entries: Pick<NetworkInterfaceInfo, 'mac' | 'internal'>[], hints?: InterfaceHints): InterfaceKind {
  if (entries.some(({ internal }) => internal) || hints?.linuxType === 772) return 'loopback';
  const lower = name.toLowerCase();
  if (hints?.linuxType === 512 || /^ppp\d/.test(lower)) return 'point-to-point';
  if (hints?.deviceType === 'wwan' || /^(wwan|rmnet|cdc-wdm|mobile|cellular|mobilfunk)/.test(lower)) return 'cellular';
  if (hints?.deviceType === 'wireguard' || TUNNEL_TYPES.has(hints?.linuxType ?? 0) || /^(utun|tun|tap|wg|ipsec|tailscale|zt|proton|nordlynx|mullvad|cscotun|gpd)\d*/.test(lower)
    || /wireguard|openvpn|vpn|tap-windows|wintun|zerotier|tailscale|anyconnect|fortinet|globalprotect/.test(lower)) return 'tunnel';
  if (hints?.isWireless || /^(wl|wlan|wifi|ath|ra)\d*|wi-?fi|wireless|drahtlos|wlan|sans fil|inal[áa]mbric/.test(lower)) return 'wireless';
  if (/^(docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxdbr|cni|flannel|bridge\d|vethernet)|hyper-v|virtualbox|vmware/.test(lower)) return 'virtual';
  if (hints?.deviceType === 'bridge') return 'virtual';
  if (/^(eth|en|em|lan)\w*|ethernet|lan-verbindung/.test(lower)) return 'wired';
  // Tunnels have no hardware address.
  return entries.length > 0 && entries.every(({ mac }) => mac === '00:00:00:00:00:00') ? 'tunnel' : 'unknown';
}

async function readHints(name: string): Promise<InterfaceHints> {
  const none: InterfaceHints = { name, linuxType: null, isWireless: false, deviceType: null };
  if (process.platform !== 'linux' || !/^[\w.@:-]{1,32}$/.test(name) || name.includes('..')) return none;
  const read = (file: string): Promise<string> => readFile(`/sys/class/net/${name}/${file}`, 'utf8').then((text) => text.slice(0, 4_096), () => '');
  const [type, uevent] = await Promise.all([read('type'), read('uevent')]);
  const deviceType = /^DEVTYPE=(\w{1,20})$/m.exec(uevent)?.[1] ?? null;
  return { ...none, linuxType: /^\d{1,5}\s*$/.test(type) ? Number(type) : null, deviceType, isWireless: deviceType === 'wlan' };
}
