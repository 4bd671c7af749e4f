// The fields of a manifest that this client understands, by the names that `critical[]` uses.
import { PackageError } from './package-error.ts';

/**
 * A name in `critical[]` is the path of a field from the manifest's outermost object, joined by dots; lists count as their entries and add
 * nothing: "event.startsAt", "layers.encryption.keyUrl", "sources.trackers". A newer format adds a name here when a client that ignores the
 * field would do harm.
 */
const OBJECTS: Record<string, readonly string[]> = {
  '': ['format', 'package', 'issued', 'expires', 'publisher', 'event', 'terms', 'regions', 'critical', 'layers', 'sources', 'delivery', 'update', 'minimumClient'],
  package: ['id', 'title', 'summary', 'version'],
  publisher: ['name', 'homepage', 'statements'],
  event: ['startsAt', 'expectedAudience', 'segmentSeconds', 'networkHint'],
  regions: ['only', 'except'],
  layers: ['id', 'title', 'required', 'requires', 'order', 'torrent', 'files', 'segment', 'encryption'],
  'layers.files': ['path', 'length', 'sha256'],
  'layers.encryption': ['algorithm', 'chunkSize', 'keyUrl', 'keySha256', 'files'],
  'layers.encryption.files': ['path', 'length', 'sha256'],
  sources: ['trackers', 'webSeeds', 'seeders', 'dht', 'pex', 'lsd', 'stun', 'turn', 'probe'],
  'sources.turn': ['url', 'username', 'credential'],
  delivery: ['connections', 'uploadSlots', 'firstPieces', 'order', 'transport', 'cdn', 'smoothing'],
  'delivery.smoothing': ['minutes', 'startShare'],
  update: ['url'],
};

export const knownFields: ReadonlySet<string> = new Set(
  Object.entries(OBJECTS).flatMap(([object, fields]) => fields.map((field) => (object === '' ? field : `${object}.${field}`))),
);

const MAX_NAMES = 200;
const MAX_NAME_CHARACTERS = 100;

/** Refuses a manifest that must not be opened without understanding a field that this client does not know. Anything but a short list of names is refused as well. */
export function checkCritical(critical: unknown): void {
  if (critical === undefined) return;
  if (!Array.isArray(critical) || critical.length > MAX_NAMES || !critical.every((name) => typeof name === 'string' && name.length <= MAX_NAME_CHARACTERS)) {
    throw new PackageError('bad-package', 'The list of fields that a client must understand is damaged. Ask the publisher for a corrected package.', { where: 'critical' });
  }
  const index = (critical as string[]).findIndex((name) => !knownFields.has(name));
  if (index === -1) return;
  const name = (critical[index] as string).replace(/[^A-Za-z0-9_.-]/g, '?');
  throw new PackageError('needs-newer-client', `This package can only be opened by a program that understands "${name}", and this version does not. Update Flashswarm, then open it again.`, { where: `critical[${index}]` });
}
