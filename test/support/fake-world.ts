// A library in which every kind of state occurs, for screens and tests of the interface.
import type { PackageDetail, PackageState, PackageSummary, Settings } from '../../contract/index.ts';
import type { FakeWorld } from './fake-bridge.ts';
import { connectivityOf } from './fake-connectivity.ts';
import { eventDetail, eventPackages, eventPreviews, publishers, scan } from './fake-events.ts';

const GB = 1e9;
const MB = 1e6;
/** A fixed moment, so that pictures do not change. */
const NOW = Date.UTC(2026, 4, 14, 9, 30);

export const hashOf = (index: number): string => (index + 1).toString(16).padStart(4, '0').repeat(10);

/** A repeatable stream of numbers 0..1 (mulberry32). */
export function numbers(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const stateOf = (kind: PackageState['kind'], reason: PackageState['reason'], part: Partial<PackageState> = {}): PackageState => ({
  kind, reason, sinceMs: 12_000, sending: 4, connected: 14, limitBytesPerSecond: null, retryAt: null, missingBytes: null, progress: null, message: null, ...part,
});

interface Sketch {
  name: string; state: PackageState; size: number; done: number; down?: number; up?: number; server?: number; local?: number; uploaded?: number; hasMetadata?: boolean; files?: number;
}

export function summaryOf(index: number, sketch: Sketch): PackageSummary {
  const next = numbers(index + 7);
  const { size, done, server = 0, local = 0 } = sketch;
  const bytesDone = Math.round(size * done);
  const bar = { local: [] as number[], people: [] as number[], server: [] as number[], copies: [] as number[] };
  for (let x = 0; x < 64; x++) {
    const share = done >= 1 ? 1 : Math.max(0, Math.min(1, done + (next() - 0.5) * 0.5 * Math.min(done, 1 - done) * 2));
    const isLocal = local > 0 && x / 64 < local / Math.max(done, 0.01) ? 1 : 0;
    const fromServer = isLocal ? 0 : share * Math.min(1, server * (0.4 + next() * 1.2));
    bar.local.push(isLocal ? share : 0);
    bar.server.push(fromServer);
    bar.people.push(isLocal ? 0 : share - fromServer);
    bar.copies.push(Math.round(5.5 + 4 * Math.sin(x / 9 + index) + next() * 1.5));
  }
  const fromLocal = Math.round(bytesDone * (done > 0 ? Math.min(1, local / done) : 0));
  const fromServer = Math.round((bytesDone - fromLocal) * server);
  const down = sketch.down ?? 0;
  return {
    id: hashOf(index), name: sketch.name, infoHash: hashOf(index), signature: 'unsigned', event: null, layers: [], hasMetadata: sketch.hasMetadata ?? true,
    addedAt: NOW - index * 3_600_000, completedAt: done >= 1 ? NOW - 600_000 : null, state: sketch.state,
    bytesTotal: size, bytesWanted: size, bytesDone, fromLocal, fromServer, fromPeople: bytesDone - fromLocal - fromServer,
    uploadedBytes: sketch.uploaded ?? 0, ratio: bytesDone ? (sketch.uploaded ?? 0) / bytesDone : 0, downloadBytesPerSecond: down, uploadBytesPerSecond: sketch.up ?? 0,
    etaSeconds: down > 0 ? (size - bytesDone) / down : null,
    peers: { connected: sketch.state.connected, known: 80, sending: sketch.state.sending, receiving: sketch.up ? 3 : 0, complete: 5 },
    firstPieceMs: 840, bar: sketch.hasMetadata === false || size === 0 ? { local: [], people: [], server: [], copies: [] } : bar, queuePosition: index, order: 'rarest',
    paused: sketch.state.kind === 'paused', folder: '/home/ada/Downloads', fileCount: sketch.files ?? 6,
    limits: { downBytesPerSecond: null, upBytesPerSecond: null, uploadSlots: null, serverBytesPerSecond: null }, serverUse: null, seedingGoal: null,
  };
}

export const sketches: Sketch[] = [
  { name: 'Northwind Odyssey, day-one edition', state: stateOf('downloading', 'going', { sending: 9 }), size: 48.2 * GB, done: 0.62, down: 38.4 * MB, up: 6.1 * MB, server: 0.35, local: 0.08, uploaded: 9 * GB, files: 9 },
  { name: 'open-broadcast-2026-keynote-2160p', state: stateOf('downloading', 'few-can-send', { sending: 2, connected: 14 }), size: 7.4 * GB, done: 0.31, down: 1.9 * MB, up: 0.2 * MB, server: 0.1 },
  { name: 'debian-13.1.0-amd64-DVD-1.iso', state: stateOf('seeding', 'sharing'), size: 3.9 * GB, done: 1, up: 2.4 * MB, uploaded: 5.6 * GB, files: 1 },
  { name: 'Field recordings, volume 12', state: stateOf('metadata', 'asking', { sending: 0, connected: 2 }), size: 0, done: 0, hasMetadata: false, files: 0 },
  { name: 'planet-osm-europe-2026-05-11.osm.pbf', state: stateOf('downloading', 'own-limit', { limitBytesPerSecond: 1 * MB }), size: 31 * GB, done: 0.86, down: 1 * MB, files: 1 },
  { name: 'A very long name of a package that nobody would ever choose for themselves but that somebody, somewhere, has chosen all the same (complete, remastered)', state: stateOf('no-source', 'no-source', { sending: 0, connected: 0 }), size: 1.2 * GB, done: 0.14, files: 240 },
  { name: 'Sintel 4K', state: stateOf('problem', 'disk-full', { missingBytes: 1.2 * GB }), size: 6.1 * GB, done: 0.72, server: 0.5 },
  { name: 'wikipedia_en_all_maxi_2026-04.zim', state: stateOf('paused', 'by-user', { sending: 0, connected: 0 }), size: 110 * GB, done: 0.44, files: 1 },
  { name: 'Big Buck Bunny', state: stateOf('complete', 'goal-reached', { sending: 0, connected: 0 }), size: 0.9 * GB, done: 1, uploaded: 1.8 * GB },
  { name: 'Blender open movies', state: stateOf('checking', 'checking', { progress: 0.37 }), size: 22 * GB, done: 0.5 },
  { name: 'Photogrammetry of the old town', state: stateOf('queued', 'waiting-for-slot', { sending: 0, connected: 0 }), size: 14 * GB, done: 0 },
  { name: 'archlinux-2026.05.01-x86_64.iso', state: stateOf('seeding', 'nobody-wants', { sending: 0, connected: 1 }), size: 1.3 * GB, done: 1, server: 0.8, files: 1 },
];

function detailOf(one: PackageSummary): PackageDetail {
  const next = numbers(one.queuePosition + 99);
  const paths = [
    'Northwind Odyssey/bin/odyssey.pak', 'Northwind Odyssey/bin/engine.pak', 'Northwind Odyssey/bin/shaders.cache', 'Northwind Odyssey/audio/voices-en.pak',
    'Northwind Odyssey/audio/voices-de.pak', 'Northwind Odyssey/audio/music.pak', 'Northwind Odyssey/video/opening.mkv', 'Northwind Odyssey/readme.txt', 'Northwind Odyssey/credits.txt',
  ];
  const lengths = [21.2, 9.8, 1.1, 4.2, 4.1, 3.3, 4.4, 0.00001, 0.00002].map((gigabytes) => Math.round(gigabytes * GB));
  const share = one.bytesWanted ? one.bytesDone / one.bytesWanted : 0;
  return {
    id: one.id,
    files: paths.map((path, index) => {
      const length = lengths[index] ?? 0;
      const part = index === 4 ? 0 : index === 0 ? share * 0.9 : Math.min(1, share + next() * 0.5);
      return { index, path, length, layer: 'all', check: 'none', bytesDone: Math.round(length * part), priority: index === 4 ? 'skip' : index === 0 ? 'high' : 'normal' };
    }),
    trackers: [
      { url: 'https://tracker.northwind.example/announce', tier: 0, state: 'working', message: null, seeders: 412, leechers: 3805, lastAnswerAt: NOW, nextAnnounceAt: Date.now() + 1_140_000, answerMs: 38, answers: 12, failures: 0, medianAnswerMs: 41 },
      { url: 'udp://tracker.example.org:6969/announce', tier: 1, state: 'failed', message: 'No answer within 15 seconds.', seeders: null, leechers: null, lastAnswerAt: null, nextAnnounceAt: Date.now() + 60_000, answerMs: null, answers: 0, failures: 3, medianAnswerMs: null },
    ],
    peers: Array.from({ length: 14 }, (_, index) => ({
      id: `peer${index}`, address: index % 5 === 4 ? `[2001:db8::${index}]:51413` : `203.0.113.${index * 11 + 3}:${40_000 + index * 97}`,
      client: ['Flashswarm 0.1', 'qBittorrent 4.6.0', 'Transmission 4.0.5', 'libtorrent 2.0.8', 'aria2 1.36'][index % 5] ?? '', transport: index % 3 === 0 ? 'utp' as const : 'tcp' as const,
      incoming: index % 4 === 0, encrypted: index % 2 === 0, flags: ['DE', 'D', 'UE', 'd', 'DU'][index % 5] ?? '', progress: index < 5 ? 1 : next(),
      downloadBytesPerSecond: index < 9 ? next() * 8 * MB : 0, uploadBytesPerSecond: index > 5 ? next() * 2 * MB : 0,
      receivedBytes: Math.round(next() * 4 * GB), sentBytes: Math.round(next() * GB), source: 'tracker',
    })),
    pieces: {
      count: 2938, length: 16_777_216, sources: Array.from({ length: 2938 }, (_, index) => (next() > share ? '0' : index < 240 ? '1' : next() < 0.35 ? '3' : '2')).join(''),
      copies: Array.from({ length: 2938 }, () => 3 + Math.floor(next() * 12)),
    },
    webSeeds: ['https://cdn.northwind.example/odyssey/'], magnet: `magnet:?xt=urn:btih:${one.infoHash}&dn=Northwind`, comment: null, createdBy: 'mktorrent 1.1', createdAt: NOW, private: false, wastedBytes: 0,
  };
}

export const settings: Settings = {
  downloadFolder: '/home/ada/Downloads', downBytesPerSecond: null, upBytesPerSecond: 4 * MB,
  turtle: { on: false, downBytesPerSecond: 1 * MB, upBytesPerSecond: 0.5 * MB, schedule: { on: true, fromMinute: 480, toMinute: 1080, days: [1, 2, 3, 4, 5] } },
  activeDownloads: 5, maxConnections: 300, uploadSlots: null, seedingGoal: { kind: 'ratio', ratio: 2 }, listenPort: 0, dht: true, pex: true, lsd: true, utp: true, updates: 'offer', allowPrivate: false, portMapping: true, latencyGuard: true,
  onMetered: 'pause', onBattery: 'go-on', desktop: { closeToTray: true, keepAwake: true, notify: { ready: true, problem: true, update: true }, update: 'ask' },
  diagnosis: { consent: false, servers: { stun: ['stun.example:3478'], probe: [], turn: [], portal: [] } },
  theme: 'system', density: 'comfortable',
};

export const magnet = `magnet:?xt=urn:btih:${'c0ffee'.repeat(6)}beef&dn=Northwind`;
export const askingMagnet = `magnet:?xt=urn:btih:${'ab12'.repeat(10)}`;

/** A world with these packages; by default one of each state. */
export function worldOf(packages: PackageSummary[] = sketches.map((sketch, index) => summaryOf(index, sketch))): FakeWorld {
  const [first] = packages;
  const preview = {
    status: 'ready' as const, error: null, infoHash: `${'c0ffee'.repeat(6)}beef`, name: 'Northwind Odyssey, day-one edition', signature: 'unsigned' as const, event: null, alreadyHere: null,
    folder: settings.downloadFolder, freeBytes: 212 * GB, trackers: 2, comment: null,
  };
  const detail = first ? detailOf(first) : null;
  const files = detail?.files.map(({ index, path, length }) => ({ index, path, length, layer: 'all', chosen: true })) ?? [];
  const total = files.reduce((sum, file) => sum + file.length, 0);
  return {
    seq: 5,
    packages: new Map(packages.map((one) => [one.id, one])),
    details: new Map(packages.map((one) => [one.id, one.event ? eventDetail(one, detailOf(one)) : detailOf(one)])),
    settings,
    totals: {
      downloadBytesPerSecond: packages.reduce((sum, one) => sum + one.downloadBytesPerSecond, 0), uploadBytesPerSecond: packages.reduce((sum, one) => sum + one.uploadBytesPerSecond, 0),
      receivedBytes: 9 * GB, uploadedBytes: 4 * GB, fromPeople: 8 * GB, fromServer: 1 * GB, connected: packages.reduce((sum, one) => sum + one.peers.connected, 0),
      listenPort: 51_413, turtleActive: false, freeBytes: 212 * GB, uptimeSeconds: 4000, dhtNodes: 190,
    },
    previews: new Map([
      [magnet, { ...preview, bytesTotal: total, files }],
      [askingMagnet, { ...preview, status: 'asking', infoHash: 'ab12'.repeat(10), name: null, bytesTotal: null, files: [] }],
      ...eventPreviews,
      ['here', { ...preview, alreadyHere: first?.id ?? null, bytesTotal: total, files }],
    ]),
    host: {
      kind: 'headless', version: '0.1.0', platform: 'linux', can: { pickFolder: false, pickTorrent: false, openFolder: false, typeFolder: true, trash: true, playFile: false, openFile: false, openRouterPage: false, openSignInPage: false, saveReport: false, integrate: false }, pending: [],
    },
    programUpdate: { state: 'none', version: null, progress: null, message: null, installs: true, checkedAt: 1_780_000_000_000 },
    integration: { startsAtLogin: false, opens: { magnet: 'another', flashswarm: 'us', torrent: 'nobody', evpack: 'unknown' } },
    connectivity: connectivityOf(),
    publishers: [...publishers],
    scan,
    creation: null,
  };
}

/** The event packages of the fake, as packages after the plain ones. */
export const signedPackages = (): PackageSummary[] => eventPackages((sketch, index) => summaryOf(index + 40, sketch));
/** A world in which event packages stand among plain ones. */
export const eventWorld = (): FakeWorld => worldOf([...signedPackages(), ...sketches.slice(0, 2).map((sketch, index) => summaryOf(index + 60, sketch))]);
