// Whether whoever connected to us came from outside: neither from the own network nor from this machine itself.
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';
import { addressList, isPublicAddress, plainHost } from '../metainfo/address-rules.ts';

/**
 * The family of a remote address that proves that the outside reaches us; null for one that proves nothing: at home, on this machine, or no address.
 * @param remote as the socket has it, also IPv4 within IPv6
 */
export function familyFromOutside(remote: string, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): 4 | 6 | null {
  if (!isPublicAddress(remote)) return null;
  // Another program here comes from the very address that it connects to, which may well be a public one.
  const isOwn = addressList(Object.values(interfaces).flatMap((entries) => entries?.map(({ address }) => address) ?? []));
  return isOwn(remote) ? null : isIPv6(plainHost(remote)) ? 6 : 4;
}
