// Packages, keys and statements as the trust store sees them: checked already, and nothing in them but what it looks at.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { EventPackage, KeyStatement } from '../../../main/package/package-types.ts';
import { TrustStore } from '../../../main/services/trust-store.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testSecretKey } from '../../support/make-evpack.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
/** When these tests play. */
export const noon = Date.UTC(2026, 5, 1, 12);

const names = 'abcdefghijklmnopqrstuvwxyz';
/** A key for each letter. */
export const key = (letter: string): Uint8Array => testSecretKey(names.indexOf(letter) + 1).publicKey;

/** Key ids are chosen freely; here they are the key's last bytes. */
export const idOf = (key: Uint8Array): Uint8Array => key.slice(24);

export interface PackageInput {
  key: Uint8Array; id?: string; version?: number; /** Stands for everything else that is signed. */ content?: string;
  name?: string; issuedAt?: number; expiresAt?: number | null; keyId?: Uint8Array;
}

export function eventPackage({ key, id = 'com.example.event', version = 1, content = '', name = 'Example', issuedAt = noon - hour, expiresAt = null, keyId = idOf(key) }: PackageInput): EventPackage {
  const time = (at: number): string => new Date(at).toISOString();
  return {
    manifest: {
      format: 'evpack/1', package: { id, title: `Title of ${id}`, version }, issued: time(issuedAt), ...(expiresAt === null ? {} : { expires: time(expiresAt) }),
      publisher: { name, homepage: 'https://example.com/' }, layers: [],
    },
    layers: [], folderName: 'event', key, keyId, keySource: 'embedded', trustedComment: '',
    digest: createHash('sha256').update(JSON.stringify([id, version, content, name, issuedAt, expiresAt])).digest('hex'),
    issuedAt, expiresAt, startsAt: null, statements: [],
  };
}

export function succession(from: Uint8Array, to: Uint8Array, versionMarks: Record<string, number> = {}, issuedAt = noon): KeyStatement {
  return { type: 'succession', key: from, newKey: to, issuedAt, versionMarks, text: '' };
}

export function revocation(of: Uint8Array, issuedAt = noon): KeyStatement {
  return { type: 'revocation', key: of, issuedAt, reason: null, text: '' };
}

/** A store in a folder of its own and a clock to turn. */
export function newStore(bounds: Parameters<typeof TrustStore.open>[2] = {}): { store: TrustStore; clock: { at: number }; file: string; reopen(): TrustStore } {
  const file = join(tempFolder('trust'), 'trust.db');
  const clock = { at: noon };
  let store = TrustStore.open(file, () => clock.at, bounds);
  const reopen = (): TrustStore => {
    store.close();
    return store = TrustStore.open(file, () => clock.at, bounds);
  };
  return { store, clock, file, reopen };
}

/** In one word what becomes of a package: its verdict's kind, or the code of the refusal. */
export function verdictOf(store: TrustStore, pkg: EventPackage): string {
  const { verdict } = store.judge(pkg);
  return verdict.kind === 'refused' ? verdict.code : verdict.kind;
}

/** The person says yes, and the package is taken. */
export function take(store: TrustStore, pkg: EventPackage): void {
  if (store.judge(pkg).verdict.kind === 'first-use') store.pin(pkg);
  store.accept(pkg);
}
