// Looks names up and hands a connection only the addresses that were checked, so that nothing changes in between.
import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { GateError } from './gate-error.ts';

export type MayAsk = (address: string) => boolean;
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

const systemResolve: Resolve = hostname => new Promise((resolve, reject) => {
  lookup(hostname, { all: true, verbatim: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
});

/** Throws GateError `private-address` for a literal address that may not be asked. Node never looks literals up. */
export function refusePrivateLiteral(hostname: string, mayAsk: MayAsk): void {
  const literal = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0 && !mayAsk(literal)) throw privateAddress(hostname);
}

/** A `lookup` for sockets: of a name that has any address inside a private network, none is used. */
export function pinnedLookup(mayAsk: MayAsk, resolve: Resolve = systemResolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(addresses => {
      if (!addresses.every(({ address }) => mayAsk(address))) throw privateAddress(hostname);
      const wanted = options.family === 4 || options.family === 6 ? addresses.filter(({ family }) => family === options.family) : addresses;
      const first = wanted[0];
      if (!first) throw Object.assign(new Error(`No address for ${hostname}`), { code: 'ENOTFOUND' });
      if (options.all) callback(null, wanted);
      else callback(null, first.address, first.family);
    }).catch((error: NodeJS.ErrnoException) => callback(error, '', 0));
  };
}

function privateAddress(hostname: string): GateError {
  return new GateError('private-address', `${hostname} is inside a private network. Flashswarm does not open such addresses from links.`);
}
