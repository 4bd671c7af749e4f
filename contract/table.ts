// The contract: every request and event in one table, from which preload, routers, REST and the test fake are derived.
import * as z from 'zod';
import { CheckId, Connectivity } from './connectivity.ts';
import {
  Conditions, Creation, Delta, FilePriority, FolderHandle, Integration, LayerPlan, OpenedLink, Order, PackageDetail, PackageId, Preview, PublisherEntry, RateLimit, SeedingGoal, ServerUse, Settings, SettingsChange,
  Snapshot, Source,
} from './domain.ts';
import { Failure } from './errors.ts';
import { FiguresReport, Metrics, PackageFigures } from './figures.ts';
import { ProgramUpdate, UpdateMetadataName, VerifiedUpdate } from './program-update.ts';

const ids = z.array(PackageId).min(1).max(10_000);
const nothing = z.void();
const empty = z.object({}).strict();
const layerIds = z.array(z.string().max(64)).max(5000);
const fingerprint = z.string().regex(/^[0-9a-f]{40}$/);
const file = z.object({ handle: z.string(), name: z.string() });

/** A request: who answers it, what goes in, what comes out. */
export interface RequestSpec<B extends 'core' | 'host' = 'core' | 'host', I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  by: B;
  summary: string;
  input: I;
  output: O;
}
const request = <B extends 'core' | 'host', I extends z.ZodType, O extends z.ZodType>(by: B, summary: string, input: I, output: O): RequestSpec<B, I, O> =>
  ({ by, summary, input, output });

export const requests = {
  'session.metrics': request('core', 'The numbers of all packages, for monitoring', empty, Metrics),
  'session.reports': request('core', 'What was measured is kept of these packages, also of removed ones; newest first', empty, z.array(FiguresReport)),
  'session.snapshot': request('core', 'Everything at once: packages, totals, settings', empty, Snapshot),
  'previews.open': request('core', 'Look at a source before it starts; metadata is asked for in the background',
    z.object({ source: Source, folder: FolderHandle.optional() }).strict(), Preview),
  'previews.get': request('core', 'The preview as it is now', z.object({ previewId: z.string() }).strict(), Preview),
  'previews.close': request('core', 'Drop a preview', z.object({ previewId: z.string() }).strict(), nothing),
  'packages.add': request('core', 'Add what a source or a preview names; a package already here gets the new trackers',
    z.object({
      previewId: z.string().optional(),
      source: Source.optional(),
      folder: FolderHandle.optional(),
      paused: z.boolean().optional(),
      files: z.array(z.object({ index: z.number().int().nonnegative(), priority: FilePriority })).max(100_000).optional(), // absent: all
      order: Order.optional(),
      peers: z.array(z.string().max(300)).max(1000).optional(),
      trackers: z.array(z.string().max(2000)).max(200).optional(),
      /** Event packages: trust this key from now on; optional layers to fetch (absent: all); what the person accepted. */
      trust: z.boolean().optional(),
      layers: layerIds.optional(),
      accept: z.object({ terms: z.string().max(100).optional(), region: z.boolean().optional() }).strict().optional(),
    }).strict(), z.object({ id: PackageId, merged: z.boolean() })),
  'packages.pause': request('core', 'Pause: no traffic, nothing incoming', z.object({ ids }).strict(), nothing),
  'packages.resume': request('core', 'Go on', z.object({ ids }).strict(), nothing),
  'packages.remove': request('core', 'Remove; with data: to the trash, only files it owns',
    z.object({ ids, data: z.enum(['keep', 'trash']) }).strict(), nothing),
  'packages.recheck': request('core', 'Compare the files on disk with the hashes', z.object({ ids }).strict(), nothing),
  'packages.move': request('core', 'Move the files to another folder', z.object({ id: PackageId, folder: FolderHandle }).strict(), nothing),
  'packages.announce': request('core', 'Ask the trackers again', z.object({ ids }).strict(), nothing),
  'packages.detail': request('core', 'Files, trackers, people and pieces of one package', z.object({ id: PackageId }).strict(), PackageDetail),
  'packages.watch': request('core', 'Send detail.changed for this package (null: for none)', z.object({ id: PackageId.nullable() }).strict(), nothing),
  'packages.setFiles': request('core', 'Choose files and their priority',
    z.object({ id: PackageId, files: z.array(z.object({ index: z.number().int().nonnegative(), priority: FilePriority })).max(100_000) }).strict(), nothing),
  'packages.setLayers': request('core', 'Choose the optional layers of an event package', z.object({ id: PackageId, layers: layerIds }).strict(), nothing),
  'packages.checkUpdate': request('core', 'Ask for a newer version now', z.object({ id: PackageId }).strict(), nothing),
  'packages.takeUpdate': request('core', 'Fetch the newer version that was found; not-accepted where its terms are new: open it as a source then', z.object({ id: PackageId }).strict(), nothing),
  'packages.file': request('core', 'Where a complete, verified file is, so that a host can play or show it',
    z.object({ id: PackageId, index: z.number().int().nonnegative() }).strict(), z.object({ path: z.string(), length: z.number().int(), contentType: z.string() })),
  'packages.figures': request('core', 'What was measured of a package, over time, and what happened; kept after it was removed. `since`: only points behind that time',
    z.object({ id: PackageId, since: z.number().int().nonnegative().optional() }).strict(), PackageFigures),
  'packages.exportFigures': request('core', 'The same as a file, without anything personal', z.object({ id: PackageId, format: z.enum(['json', 'csv']) }).strict(), z.object({ text: z.string() })),
  'packages.setLimits': request('core', 'Limits of one package',
    z.object({ id: PackageId, downBytesPerSecond: RateLimit.optional(), upBytesPerSecond: RateLimit.optional(), uploadSlots: z.number().int().min(0).max(1000).nullable().optional(), serverBytesPerSecond: RateLimit.optional() }).strict(), nothing),
  'packages.setOrder': request('core', 'Rarest first or in order', z.object({ id: PackageId, order: Order }).strict(), nothing),
  'packages.setServerUse': request('core', 'When web servers are asked: at the start and for rescue, always, never; null: as the package says',
    z.object({ id: PackageId, use: ServerUse.nullable() }).strict(), nothing),
  'packages.setSeedingGoal': request('core', 'When sharing ends; null: as the settings say', z.object({ id: PackageId, goal: SeedingGoal.nullable() }).strict(), nothing),
  'packages.setQueuePosition': request('core', 'Place in the queue, from 0', z.object({ id: PackageId, position: z.number().int().min(0) }).strict(), nothing),
  'packages.addTrackers': request('core', 'Add trackers', z.object({ id: PackageId, trackers: z.array(z.string().max(2000)).min(1).max(200) }).strict(), nothing),
  'packages.removeTracker': request('core', 'Remove a tracker', z.object({ id: PackageId, url: z.string().max(2000) }).strict(), nothing),
  'packages.addPeers': request('core', 'Connect to host:port', z.object({ id: PackageId, peers: z.array(z.string().max(300)).min(1).max(1000) }).strict(), nothing),
  'publishers.list': request('core', 'Keys that were trusted, replaced or revoked here', empty, z.array(PublisherEntry)),
  'publishers.install': request('core', 'Trust the key of a .pub file', z.object({ source: Source, name: z.string().max(200).optional() }).strict(), PublisherEntry),
  'publishers.forget': request('core', 'Ask again the next time; versions and revocations are kept', z.object({ fingerprint }).strict(), nothing),
  'publishers.revoke': request('core', 'Refuse everything that this key signs', z.object({ fingerprint }).strict(), nothing),
  'publishers.applyStatements': request('core', 'Apply a .keys file: successions and revocations', z.object({ source: Source }).strict(),
    z.object({ applied: z.number().int(), ignored: z.array(z.string()) })),
  'create.scan': request('core', 'What is in a folder that is to become a package', z.object({ folder: FolderHandle }).strict(),
    z.object({ path: z.string(), bytesTotal: z.number(), files: z.array(z.object({ path: z.string(), length: z.number() })).max(5000), fileCount: z.number().int() })),
  'create.start': request('core', 'Make and sign an event package; progress comes as create.changed', z.object({
    folder: FolderHandle, id: z.string().min(1).max(120), title: z.string().min(1).max(200), version: z.number().int().min(1), summary: z.string().max(2000).optional(),
    publisher: z.string().min(1).max(200), homepage: z.string().max(2000).optional(), layers: z.array(LayerPlan).min(1).max(1000),
    trackers: z.array(z.string().max(2000)).max(50).optional(), webSeeds: z.array(z.string().max(2000)).max(50).optional(),
    startsAt: z.number().int().optional(), expiresAt: z.number().int().optional(), terms: z.string().max(65_536).optional(), updateUrl: z.string().max(2000).optional(),
    key: z.object({ source: Source, password: z.string().max(1000).nullable() }).strict(),
  }).strict(), Creation),
  'create.get': request('core', 'How far the making is', z.object({ creationId: z.string() }).strict(), Creation),
  'create.cancel': request('core', 'Stop the making', z.object({ creationId: z.string() }).strict(), nothing),
  'create.newKey': request('core', 'Make a signing key in a folder', z.object({ folder: FolderHandle, name: z.string().regex(/^[\w-]{1,60}$/), password: z.string().max(1000).nullable() }).strict(),
    z.object({ fingerprint: z.string(), words: z.array(z.string()), secretFile: z.string(), publicFile: z.string(), secretBase64: z.string() })),
  'connectivity.get': request('core', 'What is known of the way to others', empty, Connectivity),
  'connectivity.run': request('core', 'Check the network; progress comes as connectivity.changed', empty, nothing),
  'connectivity.cancel': request('core', 'Break off a check, or all', z.object({ check: CheckId.optional() }).strict(), nothing),
  'connectivity.export': request('core', 'The report without private data', z.object({ format: z.enum(['text', 'json']) }).strict(), z.object({ text: z.string() })),
  'session.setConditions': request('core', 'The host tells whether the line is paid by volume and whether the machine runs on battery', Conditions, nothing),
  'updates.verify': request('core', 'Whether the description of a new version of the program may be believed: its bytes as received, and its detached minisign signature',
    z.object({ name: UpdateMetadataName, metadata: z.string().max(Math.ceil((256 * 1024) / 3) * 4), signature: z.string().max(16_384) }).strict(), VerifiedUpdate),
  'settings.get': request('core', 'The settings', empty, Settings),
  'settings.update': request('core', 'Change settings', SettingsChange, Settings),
  'host.info': request('host', 'Which host this is and what it can do', empty, z.object({
    kind: z.enum(['desktop', 'headless']), version: z.string(), platform: z.string(),
    can: z.object({ pickFolder: z.boolean(), pickTorrent: z.boolean(), openFolder: z.boolean(), typeFolder: z.boolean(), trash: z.boolean(), playFile: z.boolean(), openFile: z.boolean(), openRouterPage: z.boolean(), openSignInPage: z.boolean(), saveReport: z.boolean(), integrate: z.boolean() }),
    pending: z.array(OpenedLink), // links given at the start, not yet taken by a window
  })),
  'host.lastKnown': request('host', 'The library as it was when the program ended; null once the engine speaks for itself', empty, Snapshot.nullable()),
  'host.takePending': request('host', 'Take the links given at the start', empty, z.array(OpenedLink)),
  'host.pickFolder': request('host', 'Folder dialog; null when closed', empty, z.object({ handle: FolderHandle, path: z.string() }).nullable()),
  'host.typeFolder': request('host', 'A folder by its path, where no dialog exists; only below the folders that the operator allows',
    z.object({ path: z.string().min(1).max(4000) }).strict(), z.object({ handle: FolderHandle, path: z.string() })),
  'host.pickTorrent': request('host', 'File dialog for a .torrent; null when closed', empty, file.nullable()),
  'host.pickFile': request('host', 'File dialog for a key, a .pub or a .keys file; null when closed',
    z.object({ purpose: z.enum(['secret-key', 'public-key', 'statements']) }).strict(), file.nullable()),
  'host.mediaUrl': request('host', 'An address at which a complete file of a package can be played, with range requests',
    z.object({ id: PackageId, index: z.number().int().nonnegative() }).strict(), z.object({ url: z.string(), contentType: z.string() })),
  'host.playFile': request('host', "Open a complete file of a package in the system's player", z.object({ id: PackageId, index: z.number().int().nonnegative() }).strict(), nothing),
  'host.openFile': request('host', 'Open a complete, verified file with its program, after a question of the host where it may run something; false when the person said no',
    z.object({ id: PackageId, index: z.number().int().nonnegative() }).strict(), z.object({ opened: z.boolean() })),
  'host.openRouterPage': request('host', "Open the router's own page in the browser", empty, nothing),
  'host.openSignInPage': request('host', 'Open the page at which this network wants a sign-in, in the browser', empty, nothing),
  'host.saveReport': request('host', 'Save the report on the network, without private data, where a dialog says; false when that was closed',
    z.object({ format: z.enum(['text', 'json']) }).strict(), z.object({ saved: z.boolean() })),
  'host.integration': request('host', 'Whether it starts at login, and what opens links and files', empty, Integration),
  'host.setIntegration': request('host', 'Start at login, or open these kinds of links and files from now on',
    z.object({ startsAtLogin: z.boolean().optional(), opens: z.array(z.enum(['magnet', 'flashswarm', 'torrent', 'evpack'])).min(1).max(4).optional() }).strict(), Integration),
  'host.update': request('host', 'What is known of a newer version of the program', empty, ProgramUpdate),
  'host.checkProgramUpdate': request('host', 'Ask for a newer version of the program now', empty, ProgramUpdate),
  'host.installProgramUpdate': request('host', 'Fetch the newer version of the program, restart into it once it is here, or open the page where it is to be had by hand', empty, ProgramUpdate),
  'host.openFolder': request('host', 'Show the files of a package in the file browser', z.object({ id: PackageId }).strict(), nothing),
} as const;

export const events = {
  'packages.changed': { summary: 'What changed since the last one, at most twice a second', payload: Delta },
  'settings.changed': { summary: 'The settings after a change', payload: Settings },
  'preview.changed': { summary: 'A preview learned more', payload: Preview },
  'detail.changed': { summary: 'The watched package, once a second', payload: PackageDetail },
  'figures.changed': { summary: 'The newest figures of the watched package, once a second; `history` holds only the newest points', payload: PackageFigures },
  'publishers.changed': { summary: 'The publishers after a change', payload: z.array(PublisherEntry) },
  'create.changed': { summary: 'The making of a package went on', payload: Creation },
  'connectivity.changed': { summary: 'A check learned more', payload: Connectivity },
  'core.state': { summary: 'Whether the core is there', payload: z.object({ state: z.enum(['starting', 'up', 'down']), error: Failure.nullable() }) },
  'window.asked': { summary: 'A menu, the tray or a notification asks the window to show something', payload: z.discriminatedUnion('do', [
    z.object({ do: z.literal('show'), id: PackageId }), z.object({ do: z.enum(['add', 'add-file', 'add-link', 'create', 'settings', 'find', 'keys']) }),
  ]) },
  'host.updateChanged': { summary: 'What is known of a newer version of the program changed', payload: ProgramUpdate },
  'links.opened': { summary: 'The system asked to open this, or tried to', payload: OpenedLink },
} as const;

export type Requests = typeof requests;
export type Events = typeof events;
export type RequestName = keyof Requests;
export type EventName = keyof Events;
export type Input<N extends RequestName> = z.input<Requests[N]['input']>;
export type Parsed<N extends RequestName> = z.output<Requests[N]['input']>;
export type Output<N extends RequestName> = z.output<Requests[N]['output']>;
export type Payload<N extends EventName> = z.output<Events[N]['payload']>;
export type CoreRequestName = { [N in RequestName]: Requests[N]['by'] extends 'core' ? N : never }[RequestName];
export type HostRequestName = Exclude<RequestName, CoreRequestName>;

/** One handler for each request of a side: a missing one is a compile error. */
export type Handlers<N extends RequestName> = { [K in N]: (input: Parsed<K>) => Promise<Output<K>> | Output<K> };

export type Answer<T> = { ok: true; value: T } | { ok: false; error: Failure };

/** What every interface talks to, whatever carries it (IPC, web socket, a test fake). */
export interface Bridge {
  request<N extends RequestName>(name: N, input: Input<N>): Promise<Answer<Output<N>>>;
  on<N extends EventName>(name: N, listener: (payload: Payload<N>) => void): () => void;
  /** Only in a desktop window: handles for those File objects of a drop that are folders or may be opened; a page never learns their places by itself. */
  dropped?(files: unknown[]): Promise<{ handle: string; name: string; path: string; isFolder: boolean }[]>;
}

export const requestNames = Object.keys(requests) as RequestName[];
export const eventNames = Object.keys(events) as EventName[];
export const isRequestName = (name: unknown): name is RequestName => typeof name === 'string' && Object.hasOwn(requests, name);
export const isEventName = (name: unknown): name is EventName => typeof name === 'string' && Object.hasOwn(events, name);
