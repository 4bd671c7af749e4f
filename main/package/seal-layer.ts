// Seals the files of a layer with a key of its own before they are described.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SEALED_SUFFIX } from './manifest-layers.ts';
import type { LayerEncryption, ManifestFile } from './package-types.ts';
import { keyDigest, sealFile } from './sealed-file.ts';

/** Plain bytes a chunk: small enough to open as pieces arrive, large enough that its tag costs nothing. */
export const SEAL_CHUNK_BYTES = 64 * 1024;

/** What a plain file is called when it is sealed. */
export const sealedPath = (path: string): string => `${path}${SEALED_SUFFIX}`;

export interface SealedLayer { encryption: LayerEncryption; key: Uint8Array; /** In the order of the files; `absolute` is where each sealed file is. */ sealed: { absolute: string; length: number }[] }

/**
 * Writes PATH.sealed below `folder` for each file, with a new key. @param files plain, with what they were found to be
 * @throws {PackageError} `stopped`, `unreadable`; errors of the disk as they are
 */
export async function sealLayer(
  files: readonly (ManifestFile & { absolute: string })[], folder: string, encrypt: { algorithm: LayerEncryption['algorithm']; keyUrl: string },
  options: { signal?: AbortSignal | undefined; onBytes?(count: number): void },
): Promise<SealedLayer> {
  const key = Uint8Array.from(randomBytes(32));
  const sealed: SealedLayer['sealed'] = [];
  for (const { absolute, path } of files) {
    const target = join(folder, ...sealedPath(path).split('/'));
    const { length } = await sealFile(absolute, target, { algorithm: encrypt.algorithm, key, chunkSize: SEAL_CHUNK_BYTES, signal: options.signal, onBytes: options.onBytes });
    sealed.push({ absolute: target, length });
  }
  const plain = files.map(({ path, length, sha256 }) => ({ path, length, sha256 }));
  return { key, sealed, encryption: { algorithm: encrypt.algorithm, chunkSize: SEAL_CHUNK_BYTES, keyUrl: encrypt.keyUrl, keySha256: keyDigest(key), files: plain } };
}
