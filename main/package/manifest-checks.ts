// Everything about a manifest that no field says alone: times, layers, torrents, paths, lengths, hosts.
import type { Metainfo } from '../metainfo/metainfo.ts';
import { checkLayers } from './manifest-layers.ts';
import { checkFolderName, checkPaths } from './manifest-paths.ts';
import { refuseManifest } from './manifest-refusal.ts';
import { MAX_FILES } from './manifest-schema.ts';
import { checkSources } from './manifest-sources.ts';
import { readTorrents } from './manifest-torrents.ts';
import type { Manifest, ManifestLayer } from './package-types.ts';
import { parseRfc3339 } from './rfc3339.ts';

export interface CheckedManifest {
  /** In the order of the manifest. */
  layers: { layer: ManifestLayer; metainfo: Metainfo }[];
  folderName: string;
  /** Epoch ms. */
  issuedAt: number;
  expiresAt: number | null;
  startsAt: number | null;
}

/**
 * Checks a manifest that has the shape of one (`readManifest`). Throws PackageError `bad-package` at the first check that fails.
 * @param options.allowPrivate whether hosts in the user's own network may be named
 */
export function checkManifest(manifest: Manifest, options: { allowPrivate: boolean }): CheckedManifest {
  const times = checkTimes(manifest);
  checkAmounts(manifest.layers);
  checkLayers(manifest.layers);
  checkSources(manifest, options);
  const torrents = readTorrents(manifest.layers);
  const folderName = checkFolderName(torrents.map(({ name }) => name));
  checkPaths(folderName, manifest.layers);
  return { ...times, folderName, layers: manifest.layers.map((layer, index) => ({ layer, metainfo: torrents[index]! })) };
}

function checkTimes({ issued, expires, event }: Manifest): Pick<CheckedManifest, 'issuedAt' | 'expiresAt' | 'startsAt'> {
  const issuedAt = parseRfc3339(issued)!;
  const expiresAt = expires === undefined ? null : parseRfc3339(expires);
  const startsAt = event?.startsAt === undefined ? null : parseRfc3339(event.startsAt);
  if (expiresAt !== null && expiresAt <= issuedAt) throw refuseManifest('expires', 'This package ends before it was issued.');
  if (expiresAt !== null && startsAt !== null && startsAt >= expiresAt) throw refuseManifest('event.startsAt', 'This package ends before its event starts.');
  return { issuedAt, expiresAt, startsAt };
}

function checkAmounts(layers: readonly ManifestLayer[]): void {
  let files = 0;
  let bytes = 0;
  for (const [index, layer] of layers.entries()) {
    for (const part of [layer.files, layer.encryption?.files ?? []]) {
      files += part.length;
      bytes = part.reduce((sum, { length }) => sum + length, bytes);
    }
    if (files > MAX_FILES) throw refuseManifest(`layers[${index}].files`, `This package lists more than ${MAX_FILES.toLocaleString('en')} files.`);
    if (!Number.isSafeInteger(bytes)) throw refuseManifest(`layers[${index}].files`, 'The files of this package are larger than any disk.');
  }
}
