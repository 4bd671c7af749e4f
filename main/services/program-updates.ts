// Decides whether a description of a new version of the program may be believed: signed with the release key, for this file, and never a step back.
import { join } from 'node:path';
import type { VerifiedUpdate } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { writeFileAtomic } from '../engine/atomic-file.ts';
import { decodeCanonicalBase64 } from '../package/canonical-base64.ts';
import { compareVersions } from '../package/client-version.ts';
import { parsePublicKey } from '../package/minisign-public-key.ts';
import type { SignatureBox } from '../package/minisign-signature.ts';
import { parseSignature, signatureHolds } from '../package/minisign-signature.ts';
import { readJson } from './json-file.ts';
import type { UpdateMetadata } from './update-metadata.ts';
import { maxMetadataBytes, readUpdateMetadata } from './update-metadata.ts';

export interface ProgramUpdatesOptions {
  /** Minisign public keys: their base64 lines. Any one of them may sign. */
  releaseKeys: readonly string[];
  /** The running version. */
  version: string;
  dataDir: string;
  now?: () => number;
}

/** The newest that was ever believed here: what is older is a step back, whoever signed it. */
interface Mark { version: string; releasedAt: number }

/**
 * Releases are signed anew at least this often, also when there is nothing new (docs/releasing.md). An older signature on what is running already may be a
 * freeze: somebody keeps showing yesterday's word. It is told and not refused, because refusing would not bring the newer one either; and a newer
 * version is worth having however long ago it was signed.
 */
const staleAfterMs = 90 * 24 * 3600 * 1000;
const byHand = 'Nothing was installed. If this stays so, get the newest version by hand from where you got this one.';

export class ProgramUpdates {
  readonly #o: ProgramUpdatesOptions;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ProgramUpdatesOptions) {
    this.#o = options;
  }

  /**
   * @param name the file's name, which the signature must name as well: otherwise the description of another system would do
   * @param metadata its bytes as they were received, in base64
   * @param signature the text of its detached minisign signature
   * @throws ContractError `bad-signature`, `wrong-key`, `inconsistent`, `rollback`, `too-large`
   */
  verify(name: string, metadata: string, signature: string): Promise<VerifiedUpdate> {
    // One at a time: each compares with what the one before has kept.
    const mine = this.#queue.then(() => this.#verify(name, metadata, signature));
    this.#queue = mine.catch(() => undefined);
    return mine;
  }

  async #verify(name: string, metadata: string, signature: string): Promise<VerifiedUpdate> {
    const bytes = decodeCanonicalBase64(metadata);
    if (!bytes) throw new ContractError('bad-request', 'The description of the new version is not in base64.');
    if (bytes.length > maxMetadataBytes) throw new ContractError('too-large', `The description of the new version is too large. ${byHand}`);
    const signedAt = this.#checkSignature(name, bytes, signature);
    const found = readUpdateMetadata(bytes);
    const mark = await this.#mark();
    this.#refuseStepBack(found, mark);
    if (!mark || mark.version !== found.version || mark.releasedAt !== found.releasedAt) {
      await writeFileAtomic(this.#markFile, JSON.stringify({ version: found.version, releasedAt: found.releasedAt } satisfies Mark));
    }
    const isNewer = compareVersions(found.version, this.#o.version)! > 0;
    return { ...found, isNewer, signedAt, isStale: !isNewer && (this.#o.now ?? Date.now)() - signedAt > staleAfterMs };
  }

  /** @returns when it was signed, epoch ms */
  #checkSignature(name: string, bytes: Uint8Array, text: string): number {
    const box = readSignature(text);
    const key = this.#o.releaseKeys.map(parsePublicKey).find(({ keyId }) => Buffer.compare(box.keyId, keyId) === 0)?.key;
    if (!key) {
      throw new ContractError('wrong-key', `The new version is signed with another key than this program knows. ${byHand}`);
    }
    if (!signatureHolds(box, bytes, key)) throw new ContractError('bad-signature', `The signature of the new version does not hold: its description was changed on the way, or somebody else made it. ${byHand}`);
    // "timestamp:1700000000<tab>file:latest.yml<tab>hashed", as stock minisign writes it by itself
    const parts = box.trustedComment.split('\t');
    const one = (prefix: string): string | null => {
      const found = parts.filter((part) => part.startsWith(prefix));
      return found.length === 1 ? found[0]!.slice(prefix.length) : null;
    };
    if (one('file:') !== name) throw new ContractError('bad-signature', `The signature of the new version is for another file or another system. ${byHand}`);
    const seconds = one('timestamp:');
    if (seconds === null || !/^[1-9]\d{8,10}$/.test(seconds)) throw new ContractError('bad-signature', `The signature of the new version does not say when it was made. ${byHand}`);
    return Number(seconds) * 1000;
  }

  #refuseStepBack(found: UpdateMetadata, mark: Mark | null): void {
    if (compareVersions(found.version, this.#o.version)! < 0) {
      throw new ContractError('rollback', `The server offers version ${found.version}, which is older than the running ${this.#o.version}. ${byHand}`);
    }
    if (!mark) return;
    const step = compareVersions(found.version, mark.version)!;
    if (step < 0 || (step === 0 && found.releasedAt < mark.releasedAt)) {
      throw new ContractError('rollback', `The server offers version ${found.version}, although ${step < 0 ? mark.version : 'a later making of it'} was offered before. ${byHand}`);
    }
  }

  get #markFile(): string {
    return join(this.#o.dataDir, 'program-updates.json');
  }

  async #mark(): Promise<Mark | null> {
    const kept = (await readJson(this.#markFile)) as Partial<Mark> | null | undefined;
    return kept && typeof kept === 'object' && typeof kept.version === 'string' && typeof kept.releasedAt === 'number' && compareVersions(kept.version, kept.version) === 0
      ? { version: kept.version, releasedAt: kept.releasedAt } : null;
  }
}

function readSignature(text: string): SignatureBox {
  try {
    const box = parseSignature(text);
    if (box.algorithm === 'ED') return box;
  } catch {
    // said below, in words about the program and not about packages
  }
  throw new ContractError('bad-signature', `The signature of the new version cannot be read. ${byHand}`);
}
