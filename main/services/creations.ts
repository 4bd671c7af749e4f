// Makes event packages for the interface: reads a folder, signs, writes the files beside it, and tells how far it is.
import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Creation, Output, Parsed } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { writeFileAtomic } from '../engine/atomic-file.ts';
import { listFiles } from '../metainfo/list-files.ts';
import { randomKeyPair } from '../package/ed25519.ts';
import { fingerprint } from '../package/fingerprint.ts';
import { importSecretKey } from '../package/imported-key.ts';
import { keyIdBytes, publicKeyFile } from '../package/minisign-public-key.ts';
import { encodeSecretKey } from '../package/minisign-secret-key.ts';
import type { SecretKey } from '../package/minisign-secret-key.ts';
import { openPackage } from '../package/open-package.ts';
import { PackageLintError, packFolder, signPackage } from '../package/pack-folder.ts';
import type { PackOptions } from '../package/pack-folder.ts';
import type { SourceResolver } from './source-resolver.ts';
import { toContractError } from './source-resolver.ts';

type StartInput = Parsed<'create.start'>;

export interface CreationsOptions {
  folderOf(handle: string): string;
  resolver: SourceResolver;
  allowPrivate(): boolean;
  changed(creation: Creation): void;
}

const maxKeyBytes = 64 * 1024;
const shownFiles = 5000;
const tellEveryMs = 200;
const keptCreations = 20;

export class Creations {
  readonly #o: CreationsOptions;
  readonly #all = new Map<string, { creation: Creation; abort: AbortController }>();

  constructor(options: CreationsOptions) {
    this.#o = options;
  }

  /** What a folder holds. @throws {ContractError} `unreadable`, `too-large` */
  async scan(handle: string): Promise<Output<'create.scan'>> {
    const path = this.#o.folderOf(handle);
    const files = await listFiles(path).catch((error: unknown) => {
      throw toContractError(error);
    });
    return {
      path, fileCount: files.length, bytesTotal: files.reduce((sum, file) => sum + file.length, 0),
      files: files.slice(0, shownFiles).map((file) => ({ path: file.path.join('/'), length: file.length })),
    };
  }

  /** Answers at once when the key can be used; what goes wrong later is in the creation. @throws {ContractError} `bad-key`, `bad-password` */
  async start(input: StartInput): Promise<Creation> {
    const folder = this.#o.folderOf(input.folder);
    let secret: SecretKey;
    try {
      secret = await importSecretKey(await this.#o.resolver.small(input.key.source, maxKeyBytes), input.key.password);
    } catch (error) {
      throw toContractError(error);
    }
    const creation: Creation = { creationId: randomUUID(), status: 'reading', doneBytes: 0, totalBytes: 0, error: null, lints: [], files: [], magnets: [] };
    const abort = new AbortController();
    this.#all.set(creation.creationId, { creation, abort });
    for (const [id, { creation: old }] of this.#all) if (this.#all.size > keptCreations && old.status !== 'reading') this.#all.delete(id);
    void this.#make(creation, folder, input, secret, abort.signal);
    return { ...creation };
  }

  get(id: string): Creation {
    return { ...this.#find(id).creation };
  }

  cancel(id: string): void {
    this.#find(id).abort.abort();
  }

  close(): void {
    for (const { abort } of this.#all.values()) abort.abort();
  }

  /** A new key in minisign's formats; nothing that is there is written over. @throws {ContractError} `not-writable` */
  async newKey({ folder, name, password }: Parsed<'create.newKey'>): Promise<Output<'create.newKey'>> {
    const prefix = join(this.#o.folderOf(folder), name);
    const pair = randomKeyPair();
    const key: SecretKey = { keyId: randomBytes(keyIdBytes), ...pair };
    const text = await encodeSecretKey(key, password);
    try {
      await writeFile(`${prefix}.key`, text, { flag: 'wx', mode: 0o600 });
      await chmod(`${prefix}.key`, 0o600);
      await writeFile(`${prefix}.pub`, publicKeyFile({ keyId: key.keyId, key: key.publicKey, comment: name }), { flag: 'wx' });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new ContractError('not-writable', code === 'EEXIST'
        ? `There is a key of this name already: ${prefix}. Choose another name; a key is never written over.` : `The key could not be written to ${prefix} (${code ?? 'unknown'}).`);
    }
    const { hex, words } = fingerprint(key.publicKey);
    return { fingerprint: hex, words, secretFile: `${prefix}.key`, publicFile: `${prefix}.pub`, secretBase64: Buffer.from(text).toString('base64') };
  }

  async #make(creation: Creation, folder: string, input: StartInput, secret: SecretKey, signal: AbortSignal): Promise<void> {
    let toldAt = 0;
    const tell = (force: boolean): void => {
      if (!force && Date.now() - toldAt < tellEveryMs) return;
      toldAt = Date.now();
      this.#o.changed({ ...creation });
    };
    try {
      const packed = await packFolder(folder, {
        ...packOptions(input), name: basename(folder), allowPrivate: this.#o.allowPrivate(), signal,
        onProgress: (doneBytes, totalBytes) => {
          Object.assign(creation, { doneBytes, totalBytes });
          tell(false);
        },
      });
      const bytes = signPackage(packed.manifestBytes, secret);
      openPackage(bytes, { allowPrivate: this.#o.allowPrivate() }); // what our own clients would refuse is not handed out
      const out = join(dirname(folder), `${input.id}-${input.version}.evpack`);
      if (await stat(out).catch(() => null)) throw new ContractError('refused', `${out} is there already. Raise the version, or move the file away.`);
      const written = packed.torrents.map(({ fileName, bytes: torrent }) => ({ path: join(dirname(folder), fileName), bytes: torrent }));
      for (const { path, bytes: content } of [...written, { path: out, bytes }]) await writeFileAtomic(path, content);
      Object.assign(creation, {
        status: 'done', doneBytes: creation.totalBytes, files: [out, ...written.map(({ path }) => path)], magnets: packed.magnets,
        lints: packed.lints.map(({ level, message, path }) => ({ level, message, path: path ?? null })),
      });
    } catch (error) {
      const { code, message } = toContractError(error);
      const lints = error instanceof PackageLintError ? error.lints.map((lint) => ({ level: lint.level, message: lint.message, path: lint.path ?? null })) : [];
      Object.assign(creation, { status: 'failed', error: signal.aborted ? { code: 'stopped', message: 'Stopped. Nothing was written.' } : { code, message }, lints });
    }
    tell(true);
  }

  #find(id: string): { creation: Creation; abort: AbortController } {
    const found = this.#all.get(id);
    if (!found) throw new ContractError('not-found', 'This package is not being made any more.');
    return found;
  }
}

function packOptions(input: StartInput): PackOptions {
  const { id, title, version, summary, homepage, layers, trackers, webSeeds, startsAt, expiresAt, terms, updateUrl } = input;
  return { id, title, version, summary, publisherName: input.publisher, homepage, layers, trackers, webSeeds, startsAt, expiresAt, terms, updateUrl };
}
