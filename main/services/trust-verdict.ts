// Decides whether a package's key may speak for the package, and whether the package is newer than what is here.
//
// - A key that was replaced signs nothing new, whatever date it writes: whoever holds it writes the date. Exactly the version taken last
//   stays good, unless the succession takes back its version mark: what was taken then may be the thief's.
// - A package is held by the key it is pinned to, or by what took that key's place. Another key is refused while somebody trusted holds it. When
//   all of these were revoked or forgotten, another key is asked about like a new one, with the warning that it may be posing as the publisher.
// - Version marks belong to the package, not to the key: forgetting a publisher does not let anybody bring an old version.
import type { EventPackage } from '../package/package-types.ts';
import { sameKey } from './trust-keys.ts';
import type { TrustKeys } from './trust-keys.ts';
import { looksTheSame } from './trust-name.ts';
import type { Refusal, Verdict } from './trust-types.ts';

/** The highest version of a package that was taken; `digest` is null when a succession has lowered the mark, so that any package of that version may follow. */
export interface Mark { version: number; digest: string | null; /** Who signed it. */ key: Uint8Array }

const refuse = (code: Refusal['code'], message: string): Refusal => ({ kind: 'refused', code, message });

/** `pinned`: the key that the package's id is pinned to. The signature is taken to hold. */
export function judgeKey(keys: TrustKeys, pkg: EventPackage, mark: Mark | undefined, pinned: Uint8Array | undefined): Verdict {
  const { version } = pkg.manifest.package;
  const revocation = keys.revocation(pkg.key);
  if (revocation) {
    return refuse('key-revoked', revocation.revokedBy === 'user' ? 'You have revoked the key that signed this package, so it is refused.'
      : 'The key that signed this package was revoked by its publisher: somebody else may have signed it. Ask the publisher for a package signed with the new key.');
  }
  const replaced = keys.successor(pkg.key) !== undefined;
  if (replaced && mark?.digest !== pkg.digest) {
    return refuse('wrong-key', 'This package is signed with a key that its publisher has replaced. Ask the publisher for one signed with the new key.');
  }
  const owner = pinned ?? mark?.key;
  const stranger = owner !== undefined && !keys.leads(owner, pkg.key) && !(replaced && keys.leads(pkg.key, owner));
  if (stranger && pinned && keys.held(pinned)) {
    return refuse('wrong-key', 'This package is not signed with the key that you trust for it: somebody may be posing as its publisher. If the publisher '
      + 'says that the key is a new one, ask for a statement that the old key signed, or compare the fingerprint with the publisher and forget the old key.');
  }
  if (mark && version < mark.version) return refuse('rollback', 'This package is older than the one you have. Someone may be replaying it.');
  if (mark && version === mark.version && mark.digest !== null && mark.digest !== pkg.digest) {
    return refuse('bad-package', `This is not the version ${version} that you have, though it says so. Ask the publisher for a package with a higher version.`);
  }
  const publisher = keys.publisher(pkg.key);
  if (publisher && !stranger) return { kind: 'trusted', since: publisher.since, installed: publisher.origin === 'file' };
  return { kind: 'first-use', knownName: stranger || nameIsKnown(keys, pkg) };
}

function nameIsKnown(keys: TrustKeys, pkg: EventPackage): boolean {
  return keys.publishers().some((one) => !sameKey(one.key, pkg.key) && looksTheSame(one.name, pkg.manifest.publisher.name));
}
