// Which own address the system would use towards another: the honest way to see through routing tables, VPNs included. Nothing is sent.
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { isIPv6 } from 'node:net';

/** The own address that would be used towards `address`; null when there is no way to it. */
export async function sourceAddressTowards(address: string): Promise<string | null> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    return await new Promise<string | null>((resolve) => {
      socket.once('error', () => resolve(null));
      socket.connect(9, address, (error?: Error) => {
        const own = error ? null : socket.address().address;
        resolve(own === '0.0.0.0' || own === '::' ? null : own);
      });
    });
  } finally {
    socket.close();
  }
}

/** The name of the interface that has an own address; null when none has. */
export function interfaceOf(address: string): string | null {
  const plain = address.replace(/%.*$/, '');
  for (const [name, entries] of Object.entries(networkInterfaces())) {
    if (entries?.some((entry) => entry.address === plain)) return name;
  }
  return null;
}
