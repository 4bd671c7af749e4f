// What is kept of a package between runs; the pieces themselves are in the store's resume data, a signed manifest in a file of its own.
import { z } from 'zod';
import { InfoHash, Order, PackageId, RateLimit, SeedingGoal, ServerUse } from '../../contract/index.ts';

/** One torrent of a package: the only one of a plain torrent, one of several in an event package. */
export const LayerRecord = z.object({
  id: z.string(),
  infoHash: InfoHash,
  title: z.string(),
  required: z.boolean(),
  requires: z.array(z.string()),
  order: z.number().int(),
  segment: z.number().int().nullable(),
  /** An optional layer may be left out. */
  chosen: z.boolean(),
  /** Where its files are while they are being prepared for an update; null: in the folder of the package. */
  stagingFolder: z.string().nullable(),
  /** One digit a file: 0 skip, 1 normal, 2 high; empty: all normal. */
  priorities: z.string().regex(/^[012]*$/),
  /** Files of a magnet's `so`, until its metadata is there. */
  selectOnly: z.array(z.number().int()).nullable(),
  /** One digit a file, against the publisher's SHA-256: 0 not checked yet, 1 right, 2 wrong; empty: none yet. */
  checked: z.string().regex(/^[012]*$/),
  /** One digit a file, and one for what came out of a sealed layer: 1 it has the platform's mark for downloads, or its disk cannot keep one. */
  marked: z.string().regex(/^[01]*$/).default(''),
  /** Its sealed files were opened with the key that the publisher released. */
  opened: z.boolean(),
  counters: z.object({ receivedBytes: z.number(), uploadedBytes: z.number(), fromPeople: z.number(), fromServer: z.number() }),
});
export type LayerRecord = z.infer<typeof LayerRecord>;

/** A version of an event package: which manifest it is, and where it stands with its publisher. */
export const EventRecord = z.object({
  version: z.number().int(),
  /** SHA-256 of the manifest, 64 hex digits. */
  digest: z.string(),
  /** The key that signed it, 64 hex digits. */
  key: z.string(),
  /** Optional layers that were left out by choice: an update does not bring them back. */
  leftOut: z.array(z.string()),
  /** The terms that were accepted, by the SHA-256 of their text. */
  acceptedTerms: z.string().nullable(),
  updates: z.unknown(), // the poller's own state
  /** A newer version that was found and waits to be taken. */
  found: z.object({ version: z.number().int(), digest: z.string(), key: z.string() }).nullable(),
  lastUpdate: z.object({ fromVersion: z.number().int(), fetchedBytes: z.number(), reusedBytes: z.number(), at: z.number() }).nullable(),
  /** The files of a finished newer version are being put in the place of the old ones: done to the end at the next start. */
  replacing: z.object({ remove: z.array(z.string()) }).nullable(),
  /** A live package that was joined late begins with this segment; those before it come last. */
  fromSegment: z.number().int().nullable().default(null),
});
export type EventRecord = z.infer<typeof EventRecord>;

/** A newer version that is being fetched beside the one in use. */
export const NextRecord = z.object({
  version: z.number().int(), digest: z.string(), key: z.string(), layers: z.array(LayerRecord),
});
export type NextRecord = z.infer<typeof NextRecord>;

export const PackageRecord = z.preprocess(withLayers, z.object({
  id: PackageId,
  name: z.string(),
  addedAt: z.number(),
  completedAt: z.number().nullable(),
  folder: z.string(),
  paused: z.boolean(),
  order: Order,
  layers: z.array(LayerRecord).min(1),
  event: EventRecord.nullable(),
  next: NextRecord.nullable(),
  trackers: z.array(z.array(z.string())),
  webSeeds: z.array(z.string()),
  peers: z.array(z.string()),
  exactSources: z.array(z.string()).default([]),
  downBytesPerSecond: RateLimit,
  upBytesPerSecond: RateLimit,
  uploadSlots: z.number().int().nullable(),
  /** For web seeds and the publisher's own seeds. */
  serverBytesPerSecond: RateLimit.default(null),
  /** When web seeds are asked; null: as the package says. */
  serverUse: ServerUse.nullable().default(null),
  seedingGoal: SeedingGoal.nullable(),
  /** Given once the goal is lifted by "Share again": sharing goes on although it was reached. */
  shareAgain: z.boolean().default(false),
  sharedMs: z.number().default(0),
}));
export type PackageRecord = z.infer<typeof PackageRecord>;

export const LibraryFile = z.object({ version: z.literal(1), packages: z.array(z.unknown()) });

export const noCounters = (): LayerRecord['counters'] => ({ receivedBytes: 0, uploadedBytes: 0, fromPeople: 0, fromServer: 0 });

/** The one layer of a plain torrent. */
export const plainLayer = (infoHash: string, title: string, chosen: Partial<LayerRecord> = {}): LayerRecord => ({
  id: infoHash, infoHash, title, required: true, requires: [], order: 0, segment: null, chosen: true, stagingFolder: null,
  priorities: '', selectOnly: null, checked: '', marked: '', opened: false, counters: noCounters(), ...chosen,
});

/** Records of the first version knew one torrent a package and had its fields beside the others. */
function withLayers(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || 'layers' in raw || !('infoHash' in raw)) return raw;
  const { infoHash, priorities, selectOnly, counters, ...others } = raw as Record<string, unknown> & { name?: unknown };
  return { ...others, event: null, next: null, layers: [{ ...plainLayer(String(infoHash), String(others.name)), priorities, selectOnly, counters }] };
}
