// The domain types that core, hosts and interface share, as schemas.
import * as z from 'zod';
import { DiagnosisServers } from './connectivity.ts';

/** Identity of a package: for a plain torrent its info hash (40 hex digits, lower case), for an event package its reverse-DNS id (with a dot). */
export const PackageId = z.string().regex(/^[0-9a-z.-]{1,120}$/);
export type PackageId = z.infer<typeof PackageId>;

export const InfoHash = z.string().regex(/^[0-9a-f]{40}$/);
const bytes = z.number().int().nonnegative();
const rate = z.number().nonnegative();
const time = z.number().int().nonnegative();
/** A limit in bytes per second; null means no limit. */
export const RateLimit = z.number().int().min(1024).max(1e11).nullable();
export const Order = z.enum(['rarest', 'sequential']);
export const ServerUse = z.enum(['start-and-rescue', 'always', 'off']);
export type ServerUse = z.infer<typeof ServerUse>;
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
  z.object({ kind: z.literal('link'), link: z.string().min(1).max(100_000) }), // magnet, info hash, http(s) address of a .torrent or .evpack, flashswarm:open?url=...
  z.object({ kind: z.literal('bytes'), base64: z.string().max(48 * 1024 * 1024), name: z.string().max(500).optional() }),
  z.object({ kind: z.literal('handle'), handle: z.string().min(1).max(200) }), // from host.pickTorrent, host.pickFile or links.opened
  z.object({ kind: z.literal('update'), id: PackageId }), // the newer version that was found of a package that is here
]);
export type Source = z.infer<typeof Source>;

/** Something that the system asked to open, or why it was not taken. */
export const OpenedLink = z.union([z.object({ source: Source, label: z.string() }), z.object({ refused: z.string(), label: z.string() })]);
export type OpenedLink = z.infer<typeof OpenedLink>;

/** Where files go: a handle that the host gave for a folder; absent means the folder of the settings. */
export const FolderHandle = z.string().min(1).max(200);

/** What is going on with a package, derived in one place (main/services/package-state.ts), never stored. */
export const PackageState = z.object({
  kind: z.enum([
    'metadata', 'queued', 'checking', 'moving', 'downloading', 'no-source', 'paused', 'seeding', 'complete', 'problem',
  ]),
  /** Why it is as it is; chooses the sentence of the interface. */
  reason: z.enum([
    'asking', 'waiting-for-slot', 'connecting', 'no-source', 'going', 'few-can-send', 'own-limit', 'source-limit', 'smoothing', 'by-user',
    'sharing', 'nobody-wants', 'goal-reached', 'not-selected', 'disk-full', 'not-writable', 'files-missing', 'file-changed',
    'bad-metadata', 'engine-restarting', 'internal', 'checking', 'moving',
    'held-metered', 'held-battery', 'core-ready', 'updating', 'opens-later', 'sealed', 'expired', 'key-revoked', 'layer-refused', // event packages
  ]),
  /** Seconds since this state began, and what the sentence needs. */
  sinceMs: time,
  sending: z.number().int().nonnegative(),
  connected: z.number().int().nonnegative(),
  limitBytesPerSecond: rate.nullable(),
  retryAt: time.nullable(), // epoch ms of the next look for sources; of the start, when it opens later; of full speed, while it starts gently
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

/** What is going on with a layer; `ready` means every file complete and, in an event package, of the SHA-256 that the publisher signed. */
export const LayerState = z.enum(['left-out', 'waiting', 'getting', 'checking', 'sealed', 'ready', 'refused']);
export type LayerState = z.infer<typeof LayerState>;

export const Layer = z.object({
  id: z.string(), title: z.string(), required: z.boolean(), chosen: z.boolean(), requires: z.array(z.string()), infoHash: InfoHash, bytesTotal: bytes, bytesDone: bytes,
  fileCount: z.number().int(), state: LayerState,
  segment: z.number().int().nullable(), // its number in a live package
});
export type Layer = z.infer<typeof Layer>;

/** A publisher by key; the name is what the package says and proves nothing. */
export const Publisher = z.object({
  name: z.string(), homepage: z.string().nullable(),
  keyId: z.string(), // 16 hex digits, as minisign shows it
  fingerprint: z.string().regex(/^[0-9a-f]{40}$/), words: z.array(z.string()), // the same, to compare and to read aloud
});
export type Publisher = z.infer<typeof Publisher>;

export const TrustWarning = z.enum(['expired', 'expires-soon', 'clock-behind', 'clock-ahead', 'known-name']);
export type TrustWarning = z.infer<typeof TrustWarning>;

/** What is known of newer versions. */
export const UpdateState = z.object({
  state: z.enum(['current', 'checking', 'available', 'getting', 'failed']),
  version: z.number().int().nullable(), // the newer one
  fetchBytes: bytes.nullable(), fetchedBytes: bytes.nullable(), reusedBytes: bytes.nullable(), // what it costs, how much of that is here, what was here before
  checkedAt: time.nullable(), nextCheckAt: time.nullable(),
  message: z.string().nullable(), // why it failed
});
export type UpdateState = z.infer<typeof UpdateState>;

/** What an event package has beyond a plain torrent. */
export const EventInfo = z.object({
  version: z.number().int(), publisher: Publisher, summary: z.string().nullable(),
  trust: z.enum(['trusted', 'revoked']), trustedSince: time.nullable(), warnings: z.array(TrustWarning),
  issuedAt: time, expiresAt: time.nullable(), expired: z.boolean(),
  startsAt: time.nullable(), open: z.boolean(), // open: the start time has come
  coreReady: z.boolean(), // every required layer is ready: usable
  live: z.boolean(),
  update: UpdateState.nullable(), // null: the publisher names no address for updates
  lastUpdate: z.object({ fromVersion: z.number().int(), fetchedBytes: bytes, reusedBytes: bytes, at: time }).nullable(),
});
export type EventInfo = z.infer<typeof EventInfo>;

export const PackageSummary = z.object({
  id: PackageId,
  name: z.string(),
  infoHash: InfoHash, // of the first layer
  signature: z.enum(['unsigned', 'signed']),
  event: EventInfo.nullable(), // null: a plain torrent
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
  limits: z.object({ downBytesPerSecond: RateLimit, upBytesPerSecond: RateLimit, uploadSlots: z.number().int().min(0).nullable(), serverBytesPerSecond: RateLimit }),
  serverUse: ServerUse.nullable(), // null: as the package says
  seedingGoal: SeedingGoal.nullable(), // null: as the settings say
});
export type PackageSummary = z.infer<typeof PackageSummary>;

export const FileEntry = z.object({
  index: z.number().int(), // over all layers
  layer: z.string(), path: z.string(), length: bytes, bytesDone: bytes, priority: FilePriority,
  check: z.enum(['none', 'waiting', 'right', 'wrong']), // against the publisher's SHA-256; none: a plain torrent has none
});
export type FileEntry = z.infer<typeof FileEntry>;

export const TrackerEntry = z.object({
  url: z.string(), tier: z.number().int(), state: z.enum(['idle', 'announcing', 'working', 'failed']), message: z.string().nullable(),
  seeders: z.number().nullable(), leechers: z.number().nullable(), lastAnswerAt: time.nullable(), nextAnnounceAt: time.nullable(),
  answerMs: z.number().nullable(), answers: z.number().int().nonnegative(), failures: z.number().int().nonnegative(), medianAnswerMs: z.number().nonnegative().nullable(), // since the start; of the latest 20
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

/** What an event package says of itself, and what we say of who signed it. Only what passed every check gets this far. */
export const EventPreview = z.object({
  packageId: z.string(), title: z.string(), summary: z.string().nullable(), version: z.number().int(),
  action: z.enum(['new', 'update', 'same']), haveVersion: z.number().int().nullable(),
  publisher: Publisher, trust: z.enum(['trusted', 'first-use']), trustedSince: time.nullable(), warnings: z.array(TrustWarning),
  issuedAt: time, expiresAt: time.nullable(), expired: z.boolean(), startsAt: time.nullable(),
  terms: z.object({ text: z.string(), digest: z.string() }).nullable(),
  regions: z.object({ only: z.array(z.string()), except: z.array(z.string()) }).nullable(),
  layers: z.array(z.object({
    id: z.string(), title: z.string(), required: z.boolean(), requires: z.array(z.string()), bytesTotal: bytes, fileCount: z.number().int(),
    segment: z.number().int().nullable(), sealed: z.boolean(), chosen: z.boolean(),
  })),
  update: z.object({ fetchBytes: bytes, reusedBytes: bytes }).nullable(),
});
export type EventPreview = z.infer<typeof EventPreview>;

/** What the Add dialog shows before the start. */
export const Preview = z.object({
  previewId: z.string(),
  status: z.enum(['asking', 'ready', 'failed']),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  infoHash: InfoHash.nullable(),
  name: z.string().nullable(),
  signature: z.enum(['unsigned', 'signed']),
  event: EventPreview.nullable(),
  alreadyHere: PackageId.nullable(), // adding merges trackers
  bytesTotal: bytes.nullable(),
  files: z.array(z.object({ index: z.number().int(), path: z.string(), length: bytes, chosen: z.boolean(), layer: z.string() })),
  folder: z.string(),
  freeBytes: bytes.nullable(),
  trackers: z.number().int(),
  comment: z.string().nullable(),
});
export type Preview = z.infer<typeof Preview>;

/** How the program sits in the system; `unknown`: the system does not tell. */
const Opener = z.enum(['us', 'another', 'nobody', 'unknown']);
export const Integration = z.object({ startsAtLogin: z.boolean(), opens: z.object({ magnet: Opener, flashswarm: Opener, torrent: Opener, evpack: Opener }) });
export type Integration = z.infer<typeof Integration>;

/** What a host knows of the line and the power; all false where it knows nothing. */
export const Conditions = z.object({ metered: z.boolean(), onBattery: z.boolean() }).strict();
export type Conditions = z.infer<typeof Conditions>;
/** What happens on a line that is paid by volume, or on battery; `limit`: the alternative limits hold. */
const Wish = z.enum(['go-on', 'limit', 'pause']);

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
  updates: z.enum(['offer', 'take']), // newer versions of event packages
  allowPrivate: z.boolean(), // http(s) to this machine and network: a venue's edge cache
  portMapping: z.boolean(), // ask the router to open the ports
  latencyGuard: z.boolean(), // bulk transfer yields when the household's line gets slow to answer
  diagnosis: z.object({ consent: z.boolean(), servers: DiagnosisServers }), // servers outside are asked only with consent
  onMetered: Wish, onBattery: Wish,
  desktop: z.object({
    closeToTray: z.boolean(), // closing the window keeps sharing
    keepAwake: z.boolean(), // no sleep while something is fetched, on mains
    notify: z.object({ ready: z.boolean(), problem: z.boolean(), update: z.boolean() }),
    update: z.enum(['ask', 'off']), // newer versions of the program itself: looked for and offered, or not
  }),
  theme: z.enum(['system', 'light', 'dark']),
  density: z.enum(['comfortable', 'compact']),
});
export type Settings = z.infer<typeof Settings>;

export const SettingsChange = Settings.omit({ downloadFolder: true }).partial().extend({ downloadFolder: FolderHandle.optional() }).strict();
export type SettingsChange = z.infer<typeof SettingsChange>;

/** A publisher whose key was trusted, installed, replaced or revoked here. */
export const PublisherEntry = Publisher.extend({
  state: z.enum(['trusted', 'revoked', 'succeeded']), since: time, origin: z.enum(['asked', 'file', 'succession']),
  revokedAt: time.nullable(), revokedBy: z.enum(['publisher', 'user']).nullable(), succeededBy: z.string().nullable(), // fingerprint
  packages: z.array(z.object({ id: z.string(), title: z.string(), version: z.number().int(), lastSignedAt: time })),
});
export type PublisherEntry = z.infer<typeof PublisherEntry>;

/** A layer of a package that is being made: which files below the folder belong to it. */
export const LayerPlan = z.object({
  id: z.string().min(1).max(64), title: z.string().max(200).optional(), pattern: z.string().min(1).max(1000), required: z.boolean(),
  requires: z.array(z.string()).max(100).optional(),
}).strict();
export type LayerPlan = z.infer<typeof LayerPlan>;

/** The making of a package, as the page shows it. */
export const Creation = z.object({
  creationId: z.string(), status: z.enum(['reading', 'done', 'failed']), doneBytes: bytes, totalBytes: bytes,
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  lints: z.array(z.object({ level: z.enum(['warning', 'error']), message: z.string(), path: z.string().nullable() })),
  files: z.array(z.string()), // what was written, for display
  magnets: z.array(z.string()),
});
export type Creation = z.infer<typeof Creation>;

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
