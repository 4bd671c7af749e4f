// Says which addresses a stranger may send us to: somebody on the internet knows nothing about this machine's own networks.
import { isIP } from 'node:net';
import { addressClass } from '../metainfo/address-rules.ts';

/** Where whoever tells us of an address is: on this machine, in a private network that we share with them, or anywhere. */
export type Teller = 'own-machine' | 'own-network' | 'internet';

const LOCAL_NAME = /(^|\.)(local|lan|home|internal|home\.arpa)$/i;

/** Where a host is, by its address or its name; a name that says nothing of it counts as one of the internet. */
export function tellerAt(host: string): Teller {
  const plain = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(plain.replace(/%.*$/, '')) === 0) {
    if (/(^|\.)localhost$/i.test(plain)) return 'own-machine';
    return LOCAL_NAME.test(plain) || (plain !== '' && !plain.includes('.')) ? 'own-network' : 'internet';
  }
  switch (addressClass(plain)) {
    case 'loopback': return 'own-machine';
    case 'private': case 'link-local': case 'shared': return 'own-network';
    default: return 'internet';
  }
}

/** Whether a peer's address from that teller may be dialled, or told to a peer who is there. @param host a literal address */
export function mayName(teller: Teller, host: string): boolean {
  const plain = host.replace(/%.*$/, '');
  if (isIP(plain) === 0 || isNobody(plain)) return false;
  switch (addressClass(plain)) {
    case 'public': return true;
    case 'multicast': return false;
    case 'loopback': return teller === 'own-machine';
    // Ranges for documentation and benchmarks are in use as private ones.
    default: return teller !== 'internet';
  }
}

/** The unspecified address, "this network", and what was never given out for hosts. */
function isNobody(address: string): boolean {
  return address.startsWith('0.') || /^(24\d|25[0-5])\./.test(address) || /^[0:]+$/.test(address) || /^::ffff:0\./i.test(address);
}
