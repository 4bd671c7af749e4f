// Wires engine, library, settings and previews together, and takes them apart again in order.
import { join } from 'node:path';
import type { CoreOptions, CoreRequestName, EventName, Handlers, Payload, Preview, Totals } from '../../contract/index.ts';
import { OutboundGate } from '../net/outbound-gate.ts';
import { Creations } from '../services/creations.ts';
import { lockDataFolder } from '../services/data-lock.ts';
import { EventFiles } from '../services/event-files.ts';
import { EventOpening } from '../services/event-opening.ts';
import { EventPackages } from '../services/event-packages.ts';
import { EventVersions } from '../services/event-versions.ts';
import { FileMarks } from '../services/file-marks.ts';
import { Library } from '../services/library.ts';
import { PackageFetcher } from '../services/package-fetcher.ts';
import { PackageFiguresService } from '../services/package-figures.ts';
import { packageSummary } from '../services/package-view.ts';
import type { OpenPreview } from '../services/previews.ts';
import { describePreview, Previews } from '../services/previews.ts';
import { ProgramUpdates } from '../services/program-updates.ts';
import { Publishers } from '../services/publishers.ts';
import { SealedLayers } from '../services/sealed-layers.ts';
import { SettingsService } from '../services/settings.ts';
import { Snapshots } from '../services/snapshots.ts';
import { SourceResolver } from '../services/source-resolver.ts';
import { TrustStore } from '../services/trust-store.ts';
import { coreHandlers } from './core-handlers.ts';
import { GrantedPaths } from './granted-paths.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Line } from './line.ts';
import { openLine } from './line.ts';
import { LineLimits } from './line-limits.ts';
import { releaseKeys } from './release-keys.ts';
import { engineSettings, startEngine } from './start-engine.ts';

export interface CoreHost {
  emit<N extends EventName>(name: N, payload: Payload<N>): void;
  /** Asks the host to move these to the trash. */
  trash(paths: string[]): Promise<void>;
  /** Ends this core in order, so that its host starts a new one with the settings as they are now. */
  restart(): void;
  log(line: string): void;
}

export class Core {
  readonly handlers: Handlers<CoreRequestName>;
  readonly #paths: GrantedPaths;
  readonly #stop: () => Promise<void>;

  private constructor(handlers: Handlers<CoreRequestName>, paths: GrantedPaths, stop: () => Promise<void>) {
    this.handlers = handlers;
    this.#paths = paths;
    this.#stop = stop;
  }

  /** A path that the host's user chose, under the handle that interfaces use for it. */
  grant(handle: string, path: string): void {
    this.#paths.grant(handle, path);
  }

  /** Saves everything and closes every connection and file. */
  stop(): Promise<void> {
    return this.#stop();
  }

  /** @throws Error with a sentence when the data folder is in use or cannot be written */
  static async start(options: CoreOptions, host: CoreHost): Promise<Core> {
    const { dataDir, version, peers: extraPeers } = options;
    const { trash, log } = host;
    const lock = lockDataFolder(dataDir);
    const startedAt = Date.now();
    const settings = await SettingsService.open(dataDir, options.downloadDir, options.settings);
    const now = () => settings.value;
    const paths = new GrantedPaths(() => settings.value.downloadFolder);
    const gate = new OutboundGate({ allowPrivate: options.allowPrivate || settings.value.allowPrivate, userAgent: `Flashswarm/${version}` });
    const allowPrivate = () => gate.allowPrivate;
    const engine = await startEngine(now, options, gate, log);
    // The library asks them whether it may run, and the line watches the library: its guard is there before they are applied first.
    const limits: LineLimits = new LineLimits(now, engine, () => line.watch.limits);

    const trust = TrustStore.open(options.trustFile ?? join(dataDir, 'trust.sqlite'), Date.now, { log });
    const files = new EventFiles(dataDir);
    const library = await Library.open({ dataDir, engine, settings: now, readEvent: (id, number, key) => files.read(id, number, key), held: () => limits.held, trash, log });
    const marks = new FileMarks({ library, log });
    const fetcher = new PackageFetcher(gate);
    const opening = new EventOpening({ trust, library, version, allowPrivate });
    const versions = new EventVersions({ library, trust, opening, files, fetcher, dataDir, extraPeers, settings: now, trash, log });
    const sealed = new SealedLayers({ library, fetcher, log });
    const events = new EventPackages({ library, trust, opening, files, versions, sealed, extraPeers, log });
    const figures = new PackageFiguresService({
      library, dataDir, version, log,
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
    const programUpdates = new ProgramUpdates({ releaseKeys, version, dataDir });
    const resolver = new SourceResolver(gate, (handle) => paths.find(handle), async (id) => (await versions.openFound(id)).bytes);
    const previews = new Previews({ engine, library, resolver, opening, peers: extraPeers });
    const creations = new Creations({ folderOf: (handle) => paths.folderOf(handle), resolver, allowPrivate, changed: (creation) => host.emit('create.changed', creation) });
    const line: Line = await openLine({ dataDir, settings: now, engine, library, gate, changed: (report) => host.emit('connectivity.changed', report), log });
    trust.on('changed', () => host.emit('publishers.changed', publishers.list()));
    library.begin();

    const heartbeat = new Heartbeat({ library, limits, figures, downloadFolder: () => settings.value.downloadFolder, emit: (name, payload) => host.emit(name, payload) });
    await heartbeat.measureDisk();
    limits.apply();
    line.watch.on('limits', () => limits.apply());

    const totals = (): Totals => {
      const all = engine.totals();
      return {
        downloadBytesPerSecond: Math.round(all.downloadBytesPerSecond),
        uploadBytesPerSecond: Math.round(all.uploadBytesPerSecond),
        receivedBytes: all.receivedBytes, uploadedBytes: all.uploadedBytes, fromPeople: all.fromPeople, fromServer: all.fromServer,
        connected: all.connections, listenPort: engine.port, turtleActive: limits.turtleActive, freeBytes: heartbeat.freeBytes,
        uptimeSeconds: Math.floor((Date.now() - startedAt) / 1000), dhtNodes: all.dhtNodes,
      };
    };
    const snapshots = new Snapshots({
      allIds: () => library.ids(),
      summaries: (ids) => [...ids].flatMap((id) => {
        const entry = library.find(id);
        return entry ? packageSummary(entry, settings.value, limits.downBytesPerSecond, events.info(entry), limits.held) : [];
      }),
      totals,
    }, (delta) => host.emit('packages.changed', delta));
    library.on('changed', (id) => snapshots.mark(id));
    library.on('removed', (id) => snapshots.remove(id));
    snapshots.start();

    const startedWith = settings.value;
    settings.on('changed', (value) => {
      if (engineSettings.some((name) => value[name] !== startedWith[name])) host.restart();
      limits.apply();
      engine.setMaxConnections(value.maxConnections);
      gate.allowPrivate = options.allowPrivate || value.allowPrivate;
      library.steer();
      for (const entry of library.entries()) library.deliver(entry);
      host.emit('settings.changed', value);
    });
    const tellPreview = async (preview: OpenPreview): Promise<Preview> => describePreview(preview, library, opening);
    previews.on('changed', (preview) => void tellPreview(preview).then((shown) => host.emit('preview.changed', shown), (error: unknown) => log(`A preview could not be shown: ${String(error)}`)));
    heartbeat.start();

    const handlers = coreHandlers({
      settings, library, previews, opening, events, versions, resolver, marks, figures, publishers, creations, connectivity: line.connectivity, programUpdates, limits, snapshots, heartbeat, paths,
      extraPeers, tellPreview, log,
    });
    return new Core(handlers, paths, async () => {
      heartbeat.stop();
      snapshots.stop();
      creations.close();
      await line.close();
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
