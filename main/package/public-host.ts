// Says of a host that a package names whether it can be public at all; what its name leads to is checked when it is contacted.
import { isIP } from 'node:net';
import { isPublicAddress } from '../metainfo/address-rules.ts';

// Names that never lead anywhere else than into the user's own network (RFC 6761, 6762, 8375, ICANN's `internal`).
const LOCAL = /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa)$/;

/** Whether a host is literally not public: an address outside the public ranges in any spelling, a name without a dot, or one that is local by definition. */
export function isLiteralPrivateHost(host: string): boolean {
  const name = canonicalHost(host);
  if (name === null) return true;
  if (isIP(name) !== 0) return !isPublicAddress(name);
  return !name.includes('.') || LOCAL.test(name);
}

// What a web address makes of it: "0x7f.1", "2130706433" and full-width digits are all 127.0.0.1 to what dials it later.
function canonicalHost(host: string): string | null {
  if (!URL.canParse(`http://${host}/`)) return null;
  const url = new URL(`http://${host}/`);
  if (url.port !== '' || url.username !== '' || url.password !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') return null;
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '').toLowerCase();
}
