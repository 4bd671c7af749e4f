// The domain types that core, hosts and interface share, as schemas.
import { z } from 'zod';

/** Identity of a package: for a plain torrent its info hash (40 hex digits, lower case). */
export const PackageId = z.string().regex(/^[0-9a-z.-]{1,120}$/);
export type PackageId = z.infer<typeof PackageId>;

export const InfoHash = z.string().regex(/^[0-9a-f]{40}$/);
const bytes = z.number().int().nonnegative();
const rate = z.number().nonnegative();
const time = z.number().int().nonnegative();
/** A limit in bytes per second; null means no limit. */
export const RateLimit = z.number().int().min(1024).max(1e11).nullable();
export const Order = z.enum(['rarest', 'sequential']);
export const FilePriority = z.enum(['skip', 'normal', 'high']);
export type FilePriority = z.infer<typeof FilePriority>;

/** When sharing ends by itself: at a ratio of given to received, after some hours of sharing, or never. */
export const SeedingGoal = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('ratio'), ratio: z.number().min(0).max(1000) }),
  z.object({ kind: z.literal('time'), minutes: z.number().int().min(0).max(525_600) }),
]);
export type SeedingGoal = z.infer<typeof SeedingGoal>;

/** What can be opened. A path never comes from a renderer: a host's dialog hands back a handle. */
export const Source = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('link'), link: z.string().min(1).max(100_000) }), // magnet, info hash, http(s) address of a .torrent
  z.object({ kind: z.literal('bytes'), base64: z.string().max(48 * 1024 * 1024), name: z.string().max(500).optional() }),
  z.object({ kind: z.literal('handle'), handle: z.string().min(1).max(200) }), // from host.pickTorrent or links.opened
]);
export type Source = z.infer<typeof Source>;

/** Where files go: a handle that the host gave for a folder; absent means the folder of the settings. */
export const FolderHandle = z.string().min(1).max(200);

/** What is going on with a package, derived in one place (main/services/package-state.ts), never stored. */
export const PackageState = z.object({
  kind: z.enum([
    'metadata', 'queued', 'checking', 'moving', 'downloading', 'no-source', 'paused', 'seeding', 'complete', 'problem',
  ]),
  /** Why it is as it is; chooses the sentence of the interface. */
  reason: z.enum([
    'asking', 'waiting-for-slot', 'connecting', 'no-source', 'going', 'few-can-send', 'own-limit', 'source-limit', 'by-user',
    'sharing', 'nobody-wants', 'goal-reached', 'not-selected', 'disk-full', 'not-writable', 'files-missing', 'file-changed',
    'bad-metadata', 'engine-restarting', 'internal', 'checking', 'moving',
  ]),
  /** Seconds since this state began, and what the sentence needs. */
  sinceMs: time,
  sending: z.number().int().nonnegative(),
  connected: z.number().int().nonnegative(),
  limitBytesPerSecond: rate.nullable(),
  retryAt: time.nullable(), // epoch ms of the next look for sources
  missingBytes: bytes.nullable(), // disk full: how much is missing
  progress: z.number().min(0).max(1).nullable(), // checking, moving
  message: z.string().nullable(), // a problem in words
});
export type PackageState = z.infer<typeof PackageState>;

/** The swarm bar: shares 0..1 of each of up to 64 equal stretches, by where the bytes came from, and copies around. */
export const SwarmBar = z.object({
  local: z.array(z.number()).max(64),
  people: z.array(z.number()).max(64),
  server: z.array(z.number()).max(64),
  copies: z.array(z.number()).max(64),
});
export type SwarmBar = z.infer<typeof SwarmBar>;

export const Layer = z.object({
  id: z.string(), title: z.string(), required: z.boolean(), infoHash: InfoHash, bytesTotal: bytes, bytesDone: bytes,
});

export const PackageSummary = z.object({
  id: PackageId,
  name: z.string(),
  infoHash: InfoHash,
  signature: z.enum(['unsigned']),
  layers: z.array(Layer),
  hasMetadata: z.boolean(),
  addedAt: time,
  completedAt: time.nullable(),
  state: PackageState,
  bytesTotal: bytes, // of everything in it
  bytesWanted: bytes, // of the chosen files
  bytesDone: bytes, // of the chosen files, verified
  fromLocal: bytes, fromPeople: bytes, fromServer: bytes,
  uploadedBytes: bytes,
  ratio: z.number().nonnegative(),
  downloadBytesPerSecond: rate,
  uploadBytesPerSecond: rate,
  etaSeconds: z.number().nonnegative().nullable(),
  peers: z.object({ connected: z.number(), known: z.number(), sending: z.number(), receiving: z.number(), complete: z.number() }),
  firstPieceMs: time.nullable(),
  bar: SwarmBar,
  queuePosition: z.number().int(),
  order: Order,
  paused: z.boolean(),
  folder: z.string(), // for display alone
  fileCount: z.number().int(),
  limits: z.object({ downBytesPerSecond: RateLimit, upBytesPerSecond: RateLimit, uploadSlots: z.number().int().min(0).nullable() }),
  seedingGoal: SeedingGoal.nullable(), // null: as the settings say
});
export type PackageSummary = z.infer<typeof PackageSummary>;

export const FileEntry = z.object({
  index: z.number().int(), path: z.string(), length: bytes, bytesDone: bytes, priority: FilePriority,
});
export type FileEntry = z.infer<typeof FileEntry>;

export const TrackerEntry = z.object({
  url: z.string(), tier: z.number().int(), state: z.enum(['idle', 'announcing', 'working', 'failed']), message: z.string().nullable(),
  seeders: z.number().nullable(), leechers: z.number().nullable(), lastAnswerAt: time.nullable(), nextAnnounceAt: time.nullable(),
  answerMs: z.number().nullable(),
});
export type TrackerEntry = z.infer<typeof TrackerEntry>;

export const PeerEntry = z.object({
  id: z.string(), address: z.string(), client: z.string(), transport: z.enum(['tcp', 'utp', 'webrtc', 'http']), incoming: z.boolean(),
  encrypted: z.boolean(), flags: z.string(), progress: z.number().min(0).max(1), downloadBytesPerSecond: rate, uploadBytesPerSecond: rate,
  receivedBytes: bytes, sentBytes: bytes, source: z.string(),
});
export type PeerEntry = z.infer<typeof PeerEntry>;

export const PackageDetail = z.object({
  id: PackageId,
  files: z.array(FileEntry),
  trackers: z.array(TrackerEntry),
  peers: z.array(PeerEntry),
  pieces: z.object({ count: z.number().int(), length: bytes, sources: z.string(), copies: z.array(z.number()) }), // sources: one digit a piece (0 missing 1 local 2 people 3 server), bins when over 4096
  webSeeds: z.array(z.string()),
  magnet: z.string(),
  comment: z.string().nullable(),
  createdBy: z.string().nullable(),
  createdAt: time.nullable(),
  private: z.boolean(),
  wastedBytes: bytes,
});
export type PackageDetail = z.infer<typeof PackageDetail>;

/** What the Add dialog shows before the start. */
export const Preview = z.object({
  previewId: z.string(),
  status: z.enum(['asking', 'ready', 'failed']),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  infoHash: InfoHash.nullable(),
  name: z.string().nullable(),
  signature: z.enum(['unsigned']),
  alreadyHere: PackageId.nullable(), // adding merges trackers
  bytesTotal: bytes.nullable(),
  files: z.array(z.object({ index: z.number().int(), path: z.string(), length: bytes, chosen: z.boolean() })),
  folder: z.string(),
  freeBytes: bytes.nullable(),
  trackers: z.number().int(),
  comment: z.string().nullable(),
});
export type Preview = z.infer<typeof Preview>;

export const Weekday = z.number().int().min(0).max(6); // 0 is Sunday
export const Settings = z.object({
  downloadFolder: z.string(), // for display; changed through a handle
  downBytesPerSecond: RateLimit,
  upBytesPerSecond: RateLimit,
  turtle: z.object({
    on: z.boolean(), // switched on by hand
    downBytesPerSecond: RateLimit,
    upBytesPerSecond: RateLimit,
    schedule: z.object({
      on: z.boolean(), fromMinute: z.number().int().min(0).max(1439), toMinute: z.number().int().min(0).max(1439), days: z.array(Weekday).max(7),
    }),
  }),
  activeDownloads: z.number().int().min(1).max(1000),
  maxConnections: z.number().int().min(2).max(5000),
  uploadSlots: z.number().int().min(0).max(1000).nullable(),
  seedingGoal: SeedingGoal,
  listenPort: z.number().int().min(0).max(65535),
  dht: z.boolean(), pex: z.boolean(), lsd: z.boolean(), utp: z.boolean(),
  theme: z.enum(['system', 'light', 'dark']),
  density: z.enum(['comfortable', 'compact']),
});
export type Settings = z.infer<typeof Settings>;

export const SettingsChange = Settings.omit({ downloadFolder: true }).partial().extend({ downloadFolder: FolderHandle.optional() }).strict();
export type SettingsChange = z.infer<typeof SettingsChange>;

export const Totals = z.object({
  downloadBytesPerSecond: rate, uploadBytesPerSecond: rate, receivedBytes: bytes, uploadedBytes: bytes, fromPeople: bytes, fromServer: bytes,
  connected: z.number(), listenPort: z.number(), turtleActive: z.boolean(), freeBytes: bytes.nullable(), uptimeSeconds: z.number(), dhtNodes: z.number(),
});
export type Totals = z.infer<typeof Totals>;

/** Everything a newly opened window needs; events with a `seq` not above this one are older and dropped. */
export const Snapshot = z.object({ seq: z.number().int(), packages: z.array(PackageSummary), totals: Totals, settings: Settings });
export type Snapshot = z.infer<typeof Snapshot>;
export const Delta = z.object({ seq: z.number().int(), upserted: z.array(PackageSummary), removed: z.array(PackageId), totals: Totals });
export type Delta = z.infer<typeof Delta>;
