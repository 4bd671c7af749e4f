// Event packages, publishers and a package in the making, in every state that the interface shows.
import type { Creation, EventInfo, EventPreview, FileEntry, Layer, Output, PackageDetail, PackageState, PackageSummary, Preview, Publisher, PublisherEntry } from '../../contract/index.ts';

const GB = 1e9;
const MB = 1e6;
const DAY = 86_400_000;

export const publisher: Publisher = {
  name: 'Northwind Games', homepage: 'https://northwind.example', keyId: '3F9A61C2D07B48E5', fingerprint: '7c1e90ab34f2d5680e91c2b7a4d3f60815be29c7',
  words: ['harbor', 'quiet', 'lantern', 'maple', 'orbit', 'velvet', 'copper', 'ridge', 'signal', 'tulip', 'wander', 'zebra'],
};
const otherPublisher: Publisher = {
  name: 'Open Broadcast Union', homepage: null, keyId: '90B1C44E2A6F7D03', fingerprint: '02d4f6a8b0c2e4968778695a4b3c2d1e0f1a2b3c',
  words: ['apple', 'bridge', 'candle', 'desert', 'engine', 'falcon', 'garden', 'hammer', 'island', 'jungle', 'kitten', 'lemon'],
};

/** A time of day some days from now, in this time zone. */
const at = (days: number, hour: number): number => new Date(Date.now() + days * DAY).setHours(hour, 0, 0, 0);
/** The middle of a month before this one, always long enough ago. */
const months = (ago: number): number => Date.now() - ago * 30 * DAY;

type LayerSketch = Partial<Layer> & Pick<Layer, 'id' | 'title' | 'bytesTotal' | 'state'>;
const layerOf = (sketch: LayerSketch, index: number): Layer => ({
  required: false, chosen: sketch.state !== 'left-out', requires: [], infoHash: (index + 160).toString(16).repeat(20).slice(0, 40), fileCount: 3, segment: null,
  bytesDone: sketch.state === 'ready' || sketch.state === 'sealed' ? sketch.bytesTotal : 0, ...sketch,
});

/** Core ready, one layer under way, one refused, one sealed, one left out that needs another. */
export const layers: Layer[] = ([
  { id: 'core', title: 'Core', required: true, bytesTotal: 3 * GB, state: 'ready' },
  { id: 'voices', title: 'Voices (German)', bytesTotal: 1.2 * GB, bytesDone: 0.5 * GB, state: 'getting' },
  { id: 'films', title: 'Films', bytesTotal: 4.4 * GB, state: 'waiting', requires: ['voices'] },
  { id: 'soundtrack', title: 'Soundtrack', bytesTotal: 0.3 * GB, bytesDone: 0.3 * GB, state: 'refused' },
  { id: 'finale', title: 'Finale', bytesTotal: 0.9 * GB, state: 'sealed' },
  { id: 'art', title: 'Concept art with a rather long name for so small a thing', bytesTotal: 0.2 * GB, state: 'left-out', requires: ['films'] },
] satisfies LayerSketch[]).map(layerOf);

export const eventOf = (part: Partial<EventInfo> = {}): EventInfo => ({
  version: 2, publisher, summary: 'Everything for the first night.', trust: 'trusted', trustedSince: months(3), warnings: [], issuedAt: months(1), expiresAt: Date.now() + 200 * DAY, expired: false,
  startsAt: null, open: true, coreReady: true, live: false,
  update: { state: 'current', version: null, fetchBytes: null, fetchedBytes: null, reusedBytes: null, checkedAt: Date.now() - 240_000, nextCheckAt: Date.now() + 3_600_000, message: null },
  lastUpdate: null, ...part,
});

interface EventSketch { name: string; kind: PackageState['kind']; reason: PackageState['reason']; id: string; event?: Partial<EventInfo>; layers?: Layer[]; size?: number; done?: number; down?: number }

const parts = (count: number): Layer[] => [
  layerOf({ id: 'intro', title: 'Opening titles', required: true, bytesTotal: 40 * MB, state: 'ready' }, 0),
  ...Array.from({ length: count }, (_, index) => layerOf({
    id: `part-${index}`, title: `Part ${index + 1}`, bytesTotal: 4 * MB, state: index < count - 1 ? 'ready' : 'getting', segment: index, fileCount: 1,
  }, index + 1)),
];

export const eventSketches: EventSketch[] = [
  {
    id: 'example.northwind.odyssey', name: 'Northwind Odyssey', kind: 'downloading', reason: 'core-ready', size: 9.8 * GB, done: 0.48, down: 24 * MB, layers,
    event: {
      startsAt: at(1, 18), update: { state: 'available', version: 3, fetchBytes: 1.1 * MB, fetchedBytes: 0, reusedBytes: 2.4 * GB, checkedAt: Date.now(), nextCheckAt: null, message: null },
      lastUpdate: { fromVersion: 1, fetchedBytes: 38 * MB, reusedBytes: 8.1 * GB, at: Date.now() - 3_600_000 },
    },
  },
  {
    id: 'example.northwind.maps', name: 'Northwind Maps', kind: 'downloading', reason: 'updating', size: 2.4 * GB, done: 0.99, down: 2 * MB,
    event: { version: 1, update: { state: 'getting', version: 2, fetchBytes: 1.1 * MB, fetchedBytes: 0.4 * MB, reusedBytes: 2.4 * GB, checkedAt: Date.now(), nextCheckAt: null, message: null } },
  },
  { id: 'example.northwind.premiere', name: 'Northwind Premiere', kind: 'complete', reason: 'opens-later', size: 2 * GB, done: 1, event: { startsAt: at(1, 18), open: false, warnings: ['expires-soon'] } },
  { id: 'example.northwind.vault', name: 'Northwind Vault', kind: 'complete', reason: 'sealed', size: 1 * GB, done: 1, event: { startsAt: at(1, 18), open: false } },
  { id: 'example.obu.keynote', name: 'Open Broadcast: keynote, live', kind: 'downloading', reason: 'going', size: 240 * MB, done: 0.9, down: 6 * MB, layers: parts(12), event: { live: true, publisher: otherPublisher } },
  { id: 'example.northwind.beta', name: 'Northwind Beta', kind: 'seeding', reason: 'expired', size: 3 * GB, done: 1, event: { expired: true, expiresAt: months(0.2), warnings: ['expired'] } },
  { id: 'example.northwind.fake', name: 'Northwind Extras', kind: 'problem', reason: 'key-revoked', size: 3 * GB, done: 0.4, event: { trust: 'revoked', update: null } },
  {
    id: 'example.northwind.music', name: 'Northwind Music', kind: 'problem', reason: 'layer-refused', size: 3.3 * GB, done: 0.9,
    layers: layers.filter((layer) => layer.id === 'core' || layer.id === 'soundtrack'),
    event: { update: { state: 'failed', version: null, fetchBytes: null, fetchedBytes: null, reusedBytes: null, checkedAt: null, nextCheckAt: null, message: 'The address of newer versions does not answer. It is asked again later.' } },
  },
];

/** What these sketches are as packages; `like` gives what event packages share with plain ones. */
export function eventPackages(like: (sketch: { name: string; state: PackageState; size: number; done: number; down?: number }, index: number) => PackageSummary): PackageSummary[] {
  return eventSketches.map((sketch, index) => {
    const state: PackageState = {
      kind: sketch.kind, reason: sketch.reason, sinceMs: 9000, sending: 3, connected: 8, limitBytesPerSecond: null, retryAt: null, missingBytes: null, progress: null, message: null,
    };
    const plain = like({ name: sketch.name, state, size: sketch.size ?? GB, done: sketch.done ?? 0.5, ...(sketch.down ? { down: sketch.down } : {}) }, index);
    return {
      ...plain, id: sketch.id, signature: 'signed', event: eventOf(sketch.event),
      layers: sketch.layers ?? [layerOf({ id: 'all', title: 'Everything', required: true, bytesTotal: sketch.size ?? GB, bytesDone: (sketch.size ?? GB) * (sketch.done ?? 1), state: sketch.done === 1 ? 'ready' : 'getting' }, index)],
    };
  });
}

/** Files of an event package, by its layers: right, wrong, waiting; media in each. */
export function eventFiles(one: PackageSummary): FileEntry[] {
  return one.layers.flatMap((layer) => {
    const names = layer.segment === null ? ['data.pak', 'trailer.wav', 'readme.txt'] : [`part-${String(layer.segment).padStart(4, '0')}.wav`];
    const share = layer.bytesTotal ? layer.bytesDone / layer.bytesTotal : 0;
    return names.map((name, index) => {
      const length = Math.round(layer.bytesTotal / names.length);
      const complete = share >= (index + 1) / names.length;
      const check = layer.state === 'refused' && index === 0 ? 'wrong' as const : complete ? 'right' as const : 'waiting' as const;
      return { path: layer.segment === null ? `${layer.id}/${name}` : `live/${name}`, length, bytesDone: complete ? length : 0, layer: layer.id, priority: 'normal' as const, check };
    });
  }).map((file, index) => ({ index, ...file }));
}

export const eventDetail = (one: PackageSummary, plain: PackageDetail): PackageDetail => ({ ...plain, id: one.id, files: eventFiles(one) });

const previewLayers: EventPreview['layers'] = [
  { id: 'core', title: 'Core', required: true, requires: [], bytesTotal: 3 * GB, fileCount: 3, segment: null, sealed: false, chosen: true },
  { id: 'voices', title: 'Voices (German)', required: false, requires: [], bytesTotal: 1.2 * GB, fileCount: 3, segment: null, sealed: false, chosen: false },
  { id: 'films', title: 'Films', required: false, requires: ['voices'], bytesTotal: 4.4 * GB, fileCount: 3, segment: null, sealed: false, chosen: false },
  { id: 'finale', title: 'Finale', required: false, requires: [], bytesTotal: 0.9 * GB, fileCount: 3, segment: null, sealed: true, chosen: true },
];

type Shown = Omit<Preview, 'previewId'>;

function previewOf(part: Partial<EventPreview>): Shown {
  const event: EventPreview = {
    packageId: 'example.northwind.new', title: 'Northwind Nights', summary: 'The first night, in full.', version: 2, action: 'new', haveVersion: null, publisher, trust: 'trusted', trustedSince: months(3),
    warnings: [], issuedAt: months(1), expiresAt: Date.now() + 200 * DAY, expired: false, startsAt: null, terms: null, regions: null, layers: previewLayers, update: null, ...part,
  };
  const files = event.layers.flatMap((layer) => ['data.pak', 'trailer.wav', 'readme.txt'].map((name) => ({ path: `${layer.id}/${name}`, length: Math.round(layer.bytesTotal / 3), chosen: true, layer: layer.id })));
  return {
    status: 'ready', error: null, infoHash: 'e'.repeat(40), name: event.title, signature: 'signed', event, alreadyHere: null, bytesTotal: event.layers.reduce((sum, layer) => sum + layer.bytesTotal, 0),
    files: files.map((file, index) => ({ index, ...file })), folder: '/home/ada/Downloads', freeBytes: 212 * GB, trackers: 1, comment: null,
  };
}

const failed = (code: string, message: string): Shown => ({
  status: 'failed', error: { code, message }, infoHash: null, name: null, signature: 'unsigned', event: null, alreadyHere: null, bytesTotal: null, files: [], folder: '/home/ada/Downloads',
  freeBytes: null, trackers: 0, comment: null,
});

export const addressOf = (name: string): string => `https://northwind.example/${name}.evpack`;

export const refusals: Record<string, string> = {
  rollback: 'This package is version 1 and you have version 2. Someone may be replaying it.',
  'bad-signature': 'The signature does not hold: the package was changed after it was signed. Get it again from its publisher.',
  'key-revoked': 'Northwind Games revoked the key that signed this on 2 May 2026. Ask for a package signed with the new key.',
  'wrong-key': 'The link names another key than the one that signed this. Get the link again from its publisher.',
  expired: 'This package was valid until 3 May 2026. Ask its publisher for a newer one.',
  'bad-package': 'A layer lists a file that its torrent does not have. Its publisher has to make it anew.',
  'needs-newer-client': 'This package needs Flashswarm 0.9.0 or newer.',
  'key-needed': 'This package does not carry its key. Choose the .pub file of its publisher to check it.',
  'not-a-package': 'This is neither an event package nor a torrent file.',
};

/** Previews by address: each way in which a package can be opened or refused. */
export const eventPreviews = new Map<string, Shown>([
  [addressOf('first-use'), previewOf({
    trust: 'first-use', trustedSince: null, startsAt: at(1, 18), warnings: ['known-name', 'expires-soon'], regions: { only: ['DE', 'AT'], except: [] },
    terms: { digest: 'd'.repeat(64), text: Array.from({ length: 24 }, (_, index) => `${index + 1}. What is shown here is for the people in the hall. It may be watched, and it may be shared with the others who watch it.`).join('\n') },
  })],
  [addressOf('trusted'), previewOf({})],
  [addressOf('update'), previewOf({ action: 'update', packageId: 'example.northwind.maps', haveVersion: 1, update: { fetchBytes: 1.1 * MB, reusedBytes: 2.4 * GB } })],
  [addressOf('same'), previewOf({ action: 'same', packageId: 'example.northwind.odyssey', haveVersion: 2 })],
  [addressOf('live'), previewOf({
    title: 'Open Broadcast: keynote, live', publisher: otherPublisher,
    layers: [...previewLayers.slice(0, 1), ...Array.from({ length: 12 }, (_, index) => ({
      id: `part-${index}`, title: `Part ${index + 1}`, required: false, requires: [], bytesTotal: 4 * MB, fileCount: 1, segment: index, sealed: false, chosen: true,
    }))],
  })],
  [addressOf('out-of-time'), previewOf({ expired: true, warnings: ['expired', 'clock-ahead', 'clock-behind'] })],
  ...Object.entries(refusals).map(([code, message]) => [addressOf(code), failed(code, message)] as const),
]);

export const publishers: PublisherEntry[] = [
  {
    ...publisher, state: 'trusted', since: months(3), origin: 'asked', revokedAt: null, revokedBy: null, succeededBy: null,
    packages: [
      { id: 'example.northwind.odyssey', title: 'Northwind Odyssey', version: 2, lastSignedAt: months(1) },
      { id: 'example.northwind.gone', title: 'A package that is not here any more', version: 7, lastSignedAt: months(2) },
    ],
  },
  { ...otherPublisher, state: 'trusted', since: months(14), origin: 'file', revokedAt: null, revokedBy: null, succeededBy: null, packages: [] },
  {
    ...publisher, keyId: '1111C44E2A6F7D03', fingerprint: '1'.repeat(40), state: 'succeeded', since: months(9), origin: 'asked', revokedAt: null, revokedBy: null, succeededBy: publisher.fingerprint, packages: [],
  },
  {
    ...otherPublisher, name: 'Somebody Else', keyId: '2222C44E2A6F7D03', fingerprint: '2'.repeat(40), state: 'revoked', since: months(9), origin: 'asked', revokedAt: months(2), revokedBy: 'publisher', succeededBy: null,
    packages: [{ id: 'example.else.thing', title: 'Thing', version: 1, lastSignedAt: months(4) }],
  },
];

export const scan: Output<'create.scan'> = (() => {
  const files = [
    ...['odyssey.pak', 'engine.pak', 'readme.txt'].map((name) => ({ path: `core/${name}`, length: GB })),
    ...Array.from({ length: 12 }, (_, index) => ({ path: `films/film-${index + 1}.mkv`, length: 0.4 * GB })),
    { path: 'voices/de.pak', length: 0.6 * GB }, { path: 'notes.txt', length: 2000 },
  ];
  return { path: '/media/release', bytesTotal: files.reduce((sum, file) => sum + file.length, 0), files, fileCount: files.length };
})();

export const newKey: Output<'create.newKey'> = {
  fingerprint: publisher.fingerprint, words: publisher.words, secretFile: '/media/keys/publisher.key', publicFile: '/media/keys/publisher.pub', secretBase64: 'AAAA',
};

export const creationOf = (part: Partial<Creation> = {}): Creation => ({
  creationId: 'c1', status: 'reading', doneBytes: 0, totalBytes: scan.bytesTotal, error: null, lints: [], files: [], magnets: [], ...part,
});

export const made: Partial<Creation> = {
  status: 'done', doneBytes: scan.bytesTotal, files: ['/media/release.evpack', '/media/release-core.torrent', '/media/release-films.torrent'],
  magnets: [`magnet:?xt=urn:btih:${'c'.repeat(40)}&xs=https%3A%2F%2Fnorthwind.example%2Frelease.evpack`],
  lints: [
    { level: 'warning', message: 'Two names differ in case alone and clash on Windows and macOS:', path: 'films/Film-1.mkv' },
    { level: 'warning', message: 'The server does not answer range requests: peers could not get single pieces from it.', path: null },
  ],
};
