// Wires engine, library, settings and previews together and answers the contract's core requests.
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { isAbsolute, join } from 'node:path';
import type { Conditions, CoreOptions, CoreRequestName, EventName, Handlers, Payload, Preview, Settings, Totals } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { writeFileAtomic } from '../engine/atomic-file.ts';
import { freeBytes } from '../engine/disk-space.ts';
import { Engine } from '../engine/engine.ts';
import { limitsNow } from '../engine/limit-schedule.ts';
import { isPublicAddress } from '../metainfo/address-rules.ts';
import { NetworkChangeWatch } from '../net/network-change.ts';
import { OutboundGate } from '../net/outbound-gate.ts';
import { releaseKeys } from './release-keys.ts';
import { webrtcWorld } from './webrtc-world.ts';
import { findDefaultGateways, PortMapper } from '../net/port-mapping/port-mapper.ts';
import { lockDataFolder } from '../services/data-lock.ts';
import { checkServers } from '../services/diagnosis-servers.ts';
import { readJson } from '../services/json-file.ts';
import { Library } from '../services/library.ts';
import { currentNetworkId } from '../services/network-id.ts';
import { addPackage } from '../services/add-package.ts';
import { completeFile } from '../services/complete-file.ts';
import { Connectivity } from '../services/connectivity.ts';
import { asText, withoutPrivateData } from '../services/connectivity-export.ts';
import { Creations } from '../services/creations.ts';
import { EventFiles } from '../services/event-files.ts';
import { EventOpening } from '../services/event-opening.ts';
import { EventPackages } from '../services/event-packages.ts';
import { EventVersions } from '../services/event-versions.ts';
import { FileMarks } from '../services/file-marks.ts';
import type { EventPackage } from '../package/package-types.ts';
import { consequenceOf } from '../services/line-conditions.ts';
import { LatencyWatch, lowerLimit } from '../services/latency-watch.ts';
import { PackageFetcher } from '../services/package-fetcher.ts';
import { FiguresNews } from '../services/figures-news.ts';
import { PackageFiguresService } from '../services/package-figures.ts';
import { addTrackers, removeTracker, setFiles, setLimits, setOrder, setSeedingGoal, setServerUse } from '../services/package-choices.ts';
import { packageDetail, packageSummary } from '../services/package-view.ts';
import { movePackage, recheckPackage } from '../services/package-work.ts';
import { describePreview, Previews } from '../services/previews.ts';
import { ProgramUpdates } from '../services/program-updates.ts';
import { Publishers } from '../services/publishers.ts';
import { SealedLayers } from '../services/sealed-layers.ts';
import { SettingsService } from '../services/settings.ts';
import { Snapshots } from '../services/snapshots.ts';
import { SourceResolver } from '../services/source-resolver.ts';
import { TrustStore } from '../services/trust-store.ts';

export interface CoreHost {
  emit<N extends EventName>(name: N, payload: Payload<N>): void;
  /** Asks the host to move these to the trash. */
  trash(paths: string[]): Promise<void>;
  /** Ends this core in order, so that its host starts a new one with the settings as they are now. */
  restart(): void;
  log(line: string): void;
}

/** Settings that an engine reads once, when it starts. */
const engineSettings = ['listenPort', 'dht', 'pex', 'lsd', 'utp', 'portMapping'] as const;
const tickMs = 500;
const detailEveryTicks = 2;
const maxKeyFileBytes = 64 * 1024;
const maxStatementsBytes = 256 * 1024;
const freeSpaceEveryTicks = 20;

export class Core {
  readonly handlers: Handlers<CoreRequestName>;
  readonly #paths = new Map<string, string>();
  readonly #stop: () => Promise<void>;

  private constructor(handlers: Handlers<CoreRequestName>, paths: Map<string, string>, stop: () => Promise<void>) {
    this.handlers = handlers;
    this.#paths = paths;
    this.#stop = stop;
  }

  /** A path that the host's user chose, under the handle that interfaces use for it. */
  grant(handle: string, path: string): void {
    this.#paths.set(handle, path);
  }

  /** Saves everything and closes every connection and file. */
  stop(): Promise<void> {
    return this.#stop();
  }

  /** @throws Error with a sentence when the data folder is in use or cannot be written */
  static async start(options: CoreOptions, host: CoreHost): Promise<Core> {
    const lock = lockDataFolder(options.dataDir);
    const paths = new Map<string, string>();
    const startedAt = Date.now();
    const settings = await SettingsService.open(options.dataDir, options.downloadDir, options.settings);
    const gate = new OutboundGate({ allowPrivate: options.allowPrivate || settings.value.allowPrivate, userAgent: `Flashswarm/${options.version}` });
    const engine = await startEngine(settings.value, options, gate, () => settings.value.diagnosis, host.log);
    if (settings.value.listenPort === 0) await keepPort(options.dataDir, engine.port);
    engine.on('problem', ({ message }) => host.log(message));
    const trust = TrustStore.open(options.trustFile ?? join(options.dataDir, 'trust.sqlite'), Date.now, { log: host.log });
    const files = new EventFiles(options.dataDir);
    let conditions: Conditions = { metered: false, onBattery: false };
    const library = await Library.open({
      dataDir: options.dataDir, engine, settings: () => settings.value, readEvent: (id, version, key) => files.read(id, version, key), trash: host.trash, log: host.log,
      held: () => consequenceOf(conditions, settings.value).held,
    });
    const marks = new FileMarks({ library, log: host.log });
    const fetcher = new PackageFetcher(gate);
    const opening = new EventOpening({ trust, library, version: options.version, allowPrivate: () => gate.allowPrivate });
    const versions = new EventVersions({ library, trust, opening, files, fetcher, dataDir: options.dataDir, extraPeers: options.peers, settings: () => settings.value, trash: host.trash, log: host.log });
    const sealed = new SealedLayers({ library, fetcher, log: host.log });
    const events = new EventPackages({ library, trust, opening, files, versions, sealed, extraPeers: options.peers, log: host.log });
    const figures = new PackageFiguresService({
      library, dataDir: options.dataDir, version: options.version, log: host.log,
      transport: ({ layers }) => engine.transport(layers[0]!.torrent.delivery),
      totals: () => {
        const { receivedBytes, uploadedBytes, connections, dhtNodes } = engine.totals();
        return { receivedBytes, uploadedBytes, connected: connections, dhtNodes };
      },
    });
    library.on('changed', (id) => figures.mark(id));
    library.on('removed', (id) => figures.removed(id));
    library.on('incident', (id, kind, detail) => figures.incident(id, kind, detail));
    const publishers = new Publishers(trust);
    const programUpdates = new ProgramUpdates({ releaseKeys, version: options.version, dataDir: options.dataDir });
    const resolver = new SourceResolver(gate, (handle) => paths.get(handle), async (id) => (await versions.openFound(id)).bytes);
    const previews = new Previews({ engine, library, resolver, opening, peers: options.peers });
    const creations = new Creations({ folderOf: (handle) => folderOf(handle), resolver, allowPrivate: () => gate.allowPrivate, changed: (creation) => host.emit('create.changed', creation) });
    const secret = await mappingSecret(options.dataDir);
    const mapper = openMapper(settings.value, engine, secret, host.log);
    const nameNetwork = () => void currentNetworkId(secret).then((id) => engine.setNetwork(id));
    nameNetwork();
    const watch: LatencyWatch = new LatencyWatch({
      isOn: () => settings.value.latencyGuard, transferred: () => engine.transferred(), gateway: async () => (await findDefaultGateways()).ipv4, probe: () => connectivity.probe(),
      towards: () => someoneOutside(library.entries().flatMap(({ allLayers }) => allLayers.flatMap(({ torrent }) => torrent.peers())), gate.allowPrivate),
    });
    const connectivity: Connectivity = new Connectivity({
      dataDir: options.dataDir, gate, mappings: () => mapper?.state() ?? null, refreshMappings: (reason) => mapper?.refresh(reason), mappingsAreBusy: () => mapper?.isBusy ?? false,
      listenPort: () => engine.port, inbound: () => engine.inbound(), consent: () => settings.value.diagnosis.consent, servers: () => settings.value.diagnosis.servers,
      fromPackages: () => diagnosisOf(library.entries().flatMap((entry) => entry.event ?? [])),
      load: () => (engine.totals().downloadBytesPerSecond > loadBytesPerSecond ? (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })) : null),
      guard: watch, log: host.log,
    });
    await connectivity.restore();
    watch.on('state', () => host.emit('connectivity.changed', connectivity.report()));
    const elsewhere = new NetworkChangeWatch();
    elsewhere.on('changed', (change) => {
      nameNetwork();
      host.log(change === 'network' ? 'The network changed.' : 'The computer woke up.');
      if (change === 'resumed') mapper?.refresh('resumed');
      watch.forgetRest();
      connectivity.networkChanged(change);
    });
    connectivity.on('changed', (report) => host.emit('connectivity.changed', report));
    mapper?.on('changed', () => host.emit('connectivity.changed', connectivity.report()));
    trust.on('changed', () => host.emit('publishers.changed', publishers.list()));
    library.begin();

    let free: number | null = await freeBytes(settings.value.downloadFolder);
    let turtleActive = false;
    let downLimit: number | null = null;
    const applyLimits = () => {
      const { turtle, downBytesPerSecond, upBytesPerSecond } = settings.value;
      const { limited } = consequenceOf(conditions, settings.value);
      const now = limitsNow({ downBytesPerSecond, upBytesPerSecond }, { ...turtle, on: turtle.on || limited }, new Date());
      turtleActive = now.turtleActive;
      downLimit = now.downBytesPerSecond;
      const { downloadBytesPerSecond, uploadBytesPerSecond } = watch.limits;
      engine.setLimits(lowerLimit(now.downBytesPerSecond, downloadBytesPerSecond), lowerLimit(now.upBytesPerSecond, uploadBytesPerSecond));
    };
    applyLimits();
    watch.on('limits', applyLimits);

    const totals = (): Totals => {
      const all = engine.totals();
      return {
        downloadBytesPerSecond: Math.round(all.downloadBytesPerSecond),
        uploadBytesPerSecond: Math.round(all.uploadBytesPerSecond),
        receivedBytes: all.receivedBytes, uploadedBytes: all.uploadedBytes, fromPeople: all.fromPeople, fromServer: all.fromServer,
        connected: all.connections, listenPort: engine.port, turtleActive, freeBytes: free,
        uptimeSeconds: Math.floor((Date.now() - startedAt) / 1000), dhtNodes: all.dhtNodes,
      };
    };
    const snapshots = new Snapshots({
      allIds: () => library.ids(),
      summaries: (ids) => [...ids].flatMap((id) => {
        const entry = library.find(id);
        return entry ? packageSummary(entry, settings.value, downLimit, events.info(entry), consequenceOf(conditions, settings.value).held) : [];
      }),
      totals,
    }, (delta) => host.emit('packages.changed', delta));
    library.on('changed', (id) => snapshots.mark(id));
    library.on('removed', (id) => snapshots.remove(id));
    snapshots.start();

    const startedWith = settings.value;
    settings.on('changed', (value) => {
      if (engineSettings.some((name) => value[name] !== startedWith[name])) host.restart();
      applyLimits();
      engine.setMaxConnections(value.maxConnections);
      gate.allowPrivate = options.allowPrivate || value.allowPrivate;
      library.steer();
      for (const entry of library.entries()) library.deliver(entry);
      host.emit('settings.changed', value);
    });
    const tellPreview = async (preview: Parameters<typeof describePreview>[0]): Promise<Preview> => describePreview(preview, library, opening);
    previews.on('changed', (preview) => void tellPreview(preview).then((shown) => host.emit('preview.changed', shown), (error: unknown) => host.log(`A preview could not be shown: ${String(error)}`)));

    const news = new FiguresNews(figures, (newest) => host.emit('figures.changed', newest));
    let watched: string | null = null;
    let ticks = 0;
    let lastTickAt = Date.now();
    const timer = setInterval(() => {
      const now = Date.now();
      library.tick(now - lastTickAt);
      lastTickAt = now;
      applyLimits();
      const entry = watched === null || ticks % detailEveryTicks ? undefined : library.find(watched);
      if (entry) host.emit('detail.changed', packageDetail(entry));
      if (ticks % detailEveryTicks === 0) {
        figures.tick(now);
        void news.tell();
      }
      ticks += 1;
      if (ticks % freeSpaceEveryTicks === 0) void freeBytes(settings.value.downloadFolder).then((bytes) => (free = bytes));
    }, tickMs);
    timer.unref();

    const folderOf = (handle: string | undefined): string => {
      if (handle === undefined) return settings.value.downloadFolder;
      const path = paths.get(handle);
      if (!path || !isAbsolute(path)) throw new ContractError('not-found', 'This folder was not chosen here. Choose it again.');
      return path;
    };
    const each = (ids: string[], act: (id: string) => void) => {
      for (const id of ids) library.get(id); // all or none
      for (const id of ids) act(id);
    };

    const handlers: Handlers<CoreRequestName> = {
      'session.snapshot': () => snapshots.snapshot(settings.value),
      'previews.open': async ({ source, folder }) => tellPreview(await previews.open(source, folderOf(folder))),
      'previews.get': ({ previewId }) => tellPreview(previews.get(previewId)),
      'previews.close': ({ previewId }) => previews.close(previewId),
      'packages.add': (input) => addPackage(input, { library, previews, events, opening, resolver, folderOf, extraPeers: options.peers }),
      'packages.pause': ({ ids }) => each(ids, (id) => events.setPaused(id, true)),
      'packages.resume': ({ ids }) => each(ids, (id) => events.setPaused(id, false)),
      'packages.remove': async ({ ids, data }) => {
        for (const id of ids) library.get(id);
        for (const id of ids) {
          await figures.lookOnce(id);
          await library.remove(id, data);
        }
        snapshots.flush();
      },
      'packages.recheck': ({ ids }) => {
        each(ids, (id) => void recheckPackage(library, id).catch((error: unknown) => host.log(`Checking failed: ${String(error)}`)));
      },
      'packages.move': ({ id, folder }) => movePackage(library, id, folderOf(folder), host.log),
      'packages.announce': ({ ids }) => each(ids, (id) => library.get(id).allLayers.forEach(({ torrent }) => torrent.announce())),
      'packages.detail': ({ id }) => packageDetail(library.get(id)),
      'packages.figures': ({ id, since }) => figures.figures(id, since),
      'packages.exportFigures': async ({ id, format }) => ({ text: await figures.exported(id, format) }),
      'session.metrics': () => figures.metrics(),
      'session.reports': () => figures.reports(),
      'packages.watch': ({ id }) => {
        if (id !== null) host.emit('detail.changed', packageDetail(library.get(id)));
        watched = id;
        news.watch(id);
      },
      'packages.setFiles': ({ id, files }) => setFiles(library, id, files),
      'packages.setLayers': ({ id, layers }) => events.setLayers(id, layers),
      'packages.checkUpdate': ({ id }) => versions.checkNow(id),
      'packages.takeUpdate': ({ id }) => versions.takeFound(id),
      'packages.file': async ({ id, index }) => {
        const found = completeFile(library.get(id), index);
        await marks.before(library.get(id), index);
        return found;
      },
      'packages.setLimits': (limits) => setLimits(library, limits),
      'packages.setOrder': ({ id, order }) => setOrder(library, id, order),
      'packages.setServerUse': ({ id, use }) => setServerUse(library, id, use),
      'packages.setSeedingGoal': ({ id, goal }) => setSeedingGoal(library, id, goal),
      'packages.setQueuePosition': ({ id, position }) => library.setQueuePosition(id, position),
      'packages.addTrackers': ({ id, trackers }) => addTrackers(library, id, trackers.map((url) => [url])),
      'packages.removeTracker': ({ id, url }) => removeTracker(library, id, url),
      'packages.addPeers': ({ id, peers }) => {
        for (const { torrent } of library.get(id).allLayers) for (const peer of peers) torrent.addPeer(peer);
      },
      'publishers.list': () => publishers.list(),
      'publishers.install': async ({ source, name }) => publishers.install(await resolver.small(source, maxKeyFileBytes), name),
      'publishers.forget': ({ fingerprint }) => publishers.forget(fingerprint),
      'publishers.revoke': ({ fingerprint }) => publishers.revoke(fingerprint),
      'publishers.applyStatements': async ({ source }) => publishers.applyStatements(await resolver.small(source, maxStatementsBytes)),
      'create.scan': ({ folder }) => creations.scan(folder),
      'create.start': (input) => creations.start(input),
      'create.get': ({ creationId }) => creations.get(creationId),
      'create.cancel': ({ creationId }) => creations.cancel(creationId),
      'create.newKey': (input) => creations.newKey(input),
      'connectivity.get': () => connectivity.report(),
      'connectivity.run': () => connectivity.run(),
      'connectivity.cancel': ({ check }) => connectivity.cancel(check),
      'connectivity.export': ({ format }) => {
        const report = connectivity.report();
        return { text: format === 'text' ? asText(report) : `${JSON.stringify(withoutPrivateData(report), null, 2)}\n` };
      },
      'session.setConditions': (now) => {
        if (now.metered === conditions.metered && now.onBattery === conditions.onBattery) return;
        conditions = now;
        applyLimits();
        library.steer();
        for (const id of library.ids()) snapshots.mark(id);
      },
      'updates.verify': ({ name, metadata, signature }) => programUpdates.verify(name, metadata, signature),
      'settings.get': () => settings.value,
      'settings.update': async ({ downloadFolder, ...change }) => {
        if (change.diagnosis?.servers) checkServers(change.diagnosis.servers);
        if (downloadFolder === undefined) return settings.update(change);
        const path = folderOf(downloadFolder);
        await mkdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
          throw new ContractError('not-writable', `This folder cannot be used (${error.code ?? 'unknown'}): ${path}`);
        });
        return settings.update({ ...change, downloadFolder: path });
      },
    };

    return new Core(handlers, paths, async () => {
      clearInterval(timer);
      snapshots.stop();
      creations.close();
      await elsewhere.close();
      await Promise.all([connectivity.close(), watch.close()]);
      await mapper?.close();
      await previews.closeAll();
      events.close();
      sealed.close();
      await marks.close();
      await versions.close();
      await figures.close();
      await library.close();
      await engine.close();
      await gate.close();
      trust.close();
      lock.release();
    });
  }
}

/** The address of somebody with whom bytes are exchanged over the internet. */
function someoneOutside(peers: { address: string; transport: string }[], allowPrivate: boolean): string | null {
  const hosts = peers.filter(({ transport }) => transport === 'tcp' || transport === 'utp').map(({ address }) => address.slice(0, address.lastIndexOf(':')));
  return hosts.find((host) => isIPv4(host) && (allowPrivate || isPublicAddress(host))) ?? null;
}

/** Above this a line counts as loaded. */
const loadBytesPerSecond = 500_000;

/** Has the router open our ports; null where that is switched off. */
function openMapper(settings: Settings, engine: Engine, secret: Uint8Array, log: (line: string) => void): PortMapper | null {
  if (!settings.portMapping) return null;
  const mapper = new PortMapper({ secret, log });
  const description = 'Flashswarm';
  mapper.want([
    { internalPort: engine.port, protocol: 'tcp', description },
    ...(settings.utp ? [{ internalPort: engine.port, protocol: 'udp' as const, description }] : []),
    ...(settings.dht && engine.dhtPort ? [{ internalPort: engine.dhtPort, protocol: 'udp' as const, description: `${description} DHT` }] : []),
  ]);
  mapper.start();
  return mapper;
}

/** By which the router knows our mappings again after a crash (PCP's nonces come from it). */
async function mappingSecret(dataDir: string): Promise<Uint8Array> {
  const file = join(dataDir, 'mapping-secret.json');
  const kept = await readJson(file);
  if (typeof kept === 'string' && /^[0-9a-f]{32}$/.test(kept)) return Buffer.from(kept, 'hex');
  const secret = randomBytes(16);
  await writeFileAtomic(file, JSON.stringify(secret.toString('hex')));
  return secret;
}

/** What packages say about measuring the network. */
function diagnosisOf(packages: EventPackage[]): { stun: string[]; probe: string[]; hint: string | null } {
  const sources = packages.map(({ manifest }) => manifest.sources);
  return {
    stun: [...new Set(sources.flatMap((one) => one?.stun ?? []).map((uri) => uri.replace(/^stuns?:/, '').replace(/\?.*$/, '')))].slice(0, 8), probe: [...new Set(sources.flatMap((one) => one?.probe ?? []))].slice(0, 4),
    hint: packages.map(({ manifest }) => manifest.event?.networkHint).find((hint) => hint !== undefined) ?? null,
  };
}

const portFile = (dataDir: string) => join(dataDir, 'port.json');

/** "Any port" means one that stays: people and forwardings know it from the last time. */
async function lastPort(dataDir: string): Promise<number> {
  const port = await readJson(portFile(dataDir));
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
}

async function keepPort(dataDir: string, port: number): Promise<void> {
  if ((await lastPort(dataDir)) !== port) await writeFileAtomic(portFile(dataDir), String(port));
}

/** What was learned of TCP and uTP, network by network. */
const transportFile = (dataDir: string) => join(dataDir, 'transport.json');

async function startEngine(
  settings: Settings, options: CoreOptions, gate: OutboundGate, own: () => Settings['diagnosis'], log: (line: string) => void,
): Promise<Engine> {
  return Engine.start({
    listenPort: settings.listenPort || (await lastPort(options.dataDir)), dht: settings.dht, lsd: settings.lsd, utp: settings.utp, pex: settings.pex,
    maxConnections: settings.maxConnections, userAgent: `Flashswarm/${options.version}`,
    downloadBytesPerSecond: null, uploadBytesPerSecond: null,
    dhtBootstrap: options.dhtBootstrap,
    transport: options.transport,
    webrtc: webrtcWorld(() => gate.allowPrivate, own),
    transportMemory: {
      kept: await readJson(transportFile(options.dataDir)),
      keep: (learned) => writeFileAtomic(transportFile(options.dataDir), JSON.stringify(learned)).catch((error: unknown) => log(`What was learned of the line could not be kept: ${String(error)}`)),
    },
    // Trackers of a home network are asked as they always were; everybody else only as the settings allow.
    fetchAnswer: async (url, { near, ...more }) => (await gate.fetchBytes(url, { ...more, ...(near && { allowPrivate: true }) })).body,
    streamRange: (url, start, end, onBytes, more) => gate.streamRange(url, start, end, onBytes, more),
  });
}
