// What may be shown of a package, by what is known of its key and what is here.
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EventOpening } from '../../../main/services/event-opening.ts';
import type { Library } from '../../../main/services/library.ts';
import { TrustStore } from '../../../main/services/trust-store.ts';
import { makeEvpack } from '../../support/make-evpack.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const stores: TrustStore[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

/** @param digest of the version in use; null: the package is not here */
function opening(digest: string | null) {
  const trust = TrustStore.open(join(tempFolder('trust'), 'trust.sqlite'));
  stores.push(trust);
  const library = { find: () => (digest === null ? undefined : { record: { event: { digest } } }) } as unknown as Library;
  return { trust, opening: new EventOpening({ trust, library, version: '1.0.0', allowPrivate: () => false }) };
}

const version = (number: number) => makeEvpack({ version: number, layers: [{ id: 'core', required: true, files: { 'a.txt': `version ${number}` } }] }).bytes;

function taken(trust: TrustStore, one: ReturnType<EventOpening['open']>): void {
  trust.pin(one.pkg);
  trust.accept(one.pkg);
}

describe('a package that is older than the newest one seen', () => {
  it('is refused as a replay', () => {
    const { trust, opening: open } = opening(null);
    taken(trust, open.open(version(2)));
    expect(() => open.open(version(1))).toThrow('older than the one you have');
  });

  it('opens when it is the one in use, because the newer one was only found', () => {
    const first = opening(null);
    const { pkg } = first.opening.open(version(1));
    const { trust, opening: open } = opening(pkg.digest);
    taken(trust, open.open(version(1)));
    trust.accept(open.open(version(2)).pkg);
    expect(open.open(version(1)).judgement.verdict.kind).toBe('trusted');
  });

  it('is refused all the same when its key was revoked', () => {
    const { pkg } = opening(null).opening.open(version(1));
    const { trust, opening: open } = opening(pkg.digest);
    taken(trust, open.open(version(1)));
    trust.accept(open.open(version(2)).pkg);
    trust.revoke(pkg.key);
    expect(() => open.open(version(1))).toThrow('revoked');
  });
});
