// What `info` says of an event package: as its file says it, or as far as a core that fetched it tells.
import type { Preview } from '../../contract/index.ts';
import { fingerprint } from '../package/fingerprint.ts';
import { keyIdText } from '../package/minisign-public-key.ts';
import type { EventPackage, Manifest } from '../package/package-types.ts';
import { formatBytes, printable } from './format.ts';
import { keyLines } from './package-consent.ts';
import { layerText, multiline, timeText } from './package-text.ts';

export interface PackageInfo {
  kind: 'package';
  id: string; title: string; summary: string | null; version: number;
  /** The name is what the package says; the fingerprint is of the key that signed it. */
  publisher: { name: string; homepage: string | null; keyId: string; fingerprint: string; words: string[] };
  trust: 'not-decided';
  /** Epoch ms. */
  issuedAt: number; expiresAt: number | null; expired: boolean; startsAt: number | null;
  terms: string | null;
  regions: { only: string[]; except: string[] } | null;
  length: number;
  layers: {
    id: string; title: string; required: boolean; requires: string[]; segment: number | null; sealed: boolean; infoHash: string | null; length: number;
    files: { path: string; length: number; sha256: string | null }[];
  }[];
  /** null: known from the file alone. */
  folderName: string | null; sources: Manifest['sources'] | null; updateUrl: string | null; minimumClient: string | null;
}

export function ofPackage({ manifest, layers, folderName, key, keyId, issuedAt, expiresAt, startsAt }: EventPackage): PackageInfo {
  const { hex, words } = fingerprint(key);
  const { id, title, summary, version } = manifest.package;
  return {
    kind: 'package', id, title, summary: summary ?? null, version,
    publisher: { name: manifest.publisher.name, homepage: manifest.publisher.homepage ?? null, keyId: keyIdText(keyId), fingerprint: hex, words },
    trust: 'not-decided', issuedAt, expiresAt, expired: expiresAt !== null && expiresAt < Date.now(), startsAt, terms: manifest.terms ?? null,
    regions: manifest.regions ? { only: manifest.regions.only ?? [], except: manifest.regions.except ?? [] } : null,
    length: layers.reduce((sum, { metainfo }) => sum + metainfo.length, 0),
    layers: layers.map(({ layer, metainfo }) => ({
      id: layer.id, title: layer.title, required: layer.required, requires: layer.requires, segment: layer.segment ?? null, sealed: layer.encryption !== undefined,
      infoHash: metainfo.infoHash, length: metainfo.length, files: layer.files.map(({ path, length, sha256 }) => ({ path: `${folderName}/${path}`, length, sha256 })),
    })),
    folderName, sources: manifest.sources ?? {}, updateUrl: manifest.update?.url ?? null, minimumClient: manifest.minimumClient ?? null,
  };
}

/** @returns null for a torrent */
export function ofPreview({ event, files }: Preview): PackageInfo | null {
  if (!event) return null;
  const { packageId: id, title, summary, version, publisher, issuedAt, expiresAt, expired, startsAt, terms, regions } = event;
  return {
    kind: 'package', id, title, summary, version, publisher, trust: 'not-decided', issuedAt, expiresAt, expired, startsAt, terms: terms?.text ?? null, regions,
    length: event.layers.reduce((sum, { bytesTotal }) => sum + bytesTotal, 0),
    layers: event.layers.map((layer) => ({
      id: layer.id, title: layer.title, required: layer.required, requires: layer.requires, segment: layer.segment, sealed: layer.sealed, infoHash: null, length: layer.bytesTotal,
      files: files.filter((file) => file.layer === layer.id).map(({ path, length }) => ({ path, length, sha256: null })),
    })),
    folderName: null, sources: null, updateUrl: null, minimumClient: null,
  };
}

export function packageInfoText(info: PackageInfo): string {
  const { publisher, sources } = info;
  const lines = [
    ['Title', printable(info.title)], ['Summary', info.summary === null ? null : multiline(info.summary)], ['Package', `${printable(info.id)}, version ${info.version}`],
    ['Publisher', `${printable(publisher.name)}${publisher.homepage === null ? '' : `, ${printable(publisher.homepage)}`}  (as the package says)`],
    ['Signed', timeText(info.issuedAt)], ['Until', info.expiresAt === null ? null : `${timeText(info.expiresAt)}${info.expired ? ', EXPIRED' : ''}`],
    ['Opens', info.startsAt === null ? null : timeText(info.startsAt)], ['Size', formatBytes(info.length)],
    ['Regions', info.regions === null ? null : [info.regions.only.join(', '), info.regions.except.length > 0 ? `not ${info.regions.except.join(', ')}` : ''].filter(Boolean).join('; ')],
    ...(sources?.trackers ?? []).flat().map((url) => ['Tracker', printable(url)]),
    ...(sources?.webSeeds ?? []).map((url) => ['Web seed', printable(url)]),
    ...(sources?.seeders ?? []).map((seeder) => ['Seeder', printable(seeder)]),
    ['Updates', info.updateUrl === null ? null : printable(info.updateUrl)], ['Needs', info.minimumClient === null ? null : `Flashswarm ${printable(info.minimumClient)}`],
  ].filter(([, value]) => value !== null).map(([label, value]) => `${label!.padEnd(12)} ${value}`);
  const layers = info.layers.flatMap((layer) => [
    layerText({ ...layer, bytesTotal: layer.length, fileCount: layer.files.length }) + (layer.requires.length > 0 ? `, needs ${layer.requires.map(printable).join(', ')}` : ''),
    ...layer.files.map(({ path, length }) => `${formatBytes(length).padStart(10)}  ${printable(path)}`),
  ]);
  return [
    ...lines, keyLines(publisher), 'The signature holds for this key. Whether it is the publisher\'s is not decided here: compare the fingerprint, or name the key with `flashswarm verify`.',
    '', ...layers, ...(info.terms === null ? [] : ['', 'Terms:', multiline(info.terms)]), '',
  ].join('\n');
}
