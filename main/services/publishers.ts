// The publishers whose keys are known here, as the interface sees and changes them.
import type { PublisherEntry } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { fingerprint } from '../package/fingerprint.ts';
import { importPublicKey } from '../package/imported-key.ts';
import { parseStatements } from '../package/key-statement.ts';
import { toContractError } from './source-resolver.ts';
import type { TrustStore } from './trust-store.ts';
import type { PublisherRecord } from './trust-types.ts';

const hexOf = (key: Uint8Array): string => fingerprint(key).hex;

export class Publishers {
  readonly #trust: TrustStore;

  constructor(trust: TrustStore) {
    this.#trust = trust;
  }

  list(): PublisherEntry[] {
    return this.#trust.publishers().map(entryOf);
  }

  /** Trusts the key of a `.pub` file. @throws {ContractError} `bad-key`, `key-revoked` */
  install(bytes: Uint8Array, name: string | undefined): PublisherEntry {
    try {
      const { key, keyId, comment } = importPublicKey(bytes);
      this.#trust.install(key, name ?? nameFrom(comment), keyId);
      return this.list().find((one) => one.fingerprint === hexOf(key))!;
    } catch (error) {
      throw toContractError(error);
    }
  }

  forget(print: string): void {
    this.#trust.forget(this.#keyOf(print));
  }

  revoke(print: string): void {
    this.#trust.revoke(this.#keyOf(print));
  }

  /** @throws {ContractError} when one of the statements is not in order: none is applied then */
  applyStatements(bytes: Uint8Array): { applied: number; ignored: string[] } {
    try {
      const { applied, ignored } = this.#trust.apply(parseStatements(Buffer.from(bytes).toString('utf8')));
      return { applied: applied.length, ignored: ignored.map(({ why }) => why) };
    } catch (error) {
      throw toContractError(error);
    }
  }

  #keyOf(print: string): Uint8Array {
    const found = this.#trust.publishers().find(({ key }) => hexOf(key) === print);
    if (!found) throw new ContractError('not-found', 'This publisher is not in the list any more.');
    return found.key;
  }
}

function entryOf(record: PublisherRecord): PublisherEntry {
  const { hex, words } = fingerprint(record.key);
  return {
    name: record.name, homepage: record.homepage, keyId: record.keyId, fingerprint: hex, words,
    state: record.state, since: record.since, origin: record.origin, revokedAt: record.revokedAt, revokedBy: record.revokedBy,
    succeededBy: record.succeededBy && hexOf(record.succeededBy), packages: record.packages,
  };
}

/** The comment of a `.pub` file without what minisign puts before it. */
const nameFrom = (comment: string): string => comment.replace(/^minisign public key\s*/i, '').trim() || 'Installed key';
