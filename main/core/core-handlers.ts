// Answers the contract's core requests: which part of the core does what is asked.
import { mkdir } from 'node:fs/promises';
import type { CoreRequestName, Handlers, Preview } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { addPackage } from '../services/add-package.ts';
import { completeFile } from '../services/complete-file.ts';
import type { Connectivity } from '../services/connectivity.ts';
import { asText, withoutPrivateData } from '../services/connectivity-export.ts';
import type { Creations } from '../services/creations.ts';
import { checkServers } from '../services/diagnosis-servers.ts';
import type { EventOpening } from '../services/event-opening.ts';
import type { EventPackages } from '../services/event-packages.ts';
import type { EventVersions } from '../services/event-versions.ts';
import type { FileMarks } from '../services/file-marks.ts';
import type { Library } from '../services/library.ts';
import { addTrackers, removeTracker, setFiles, setLimits, setOrder, setSeedingGoal, setServerUse } from '../services/package-choices.ts';
import type { PackageFiguresService } from '../services/package-figures.ts';
import { packageDetail } from '../services/package-view.ts';
import { movePackage, recheckPackage } from '../services/package-work.ts';
import type { OpenPreview, Previews } from '../services/previews.ts';
import type { ProgramUpdates } from '../services/program-updates.ts';
import type { Publishers } from '../services/publishers.ts';
import type { SettingsService } from '../services/settings.ts';
import type { Snapshots } from '../services/snapshots.ts';
import type { SourceResolver } from '../services/source-resolver.ts';
import type { GrantedPaths } from './granted-paths.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { LineLimits } from './line-limits.ts';

export interface CoreParts {
  settings: SettingsService;
  library: Library;
  previews: Previews;
  opening: EventOpening;
  events: EventPackages;
  versions: EventVersions;
  resolver: SourceResolver;
  marks: FileMarks;
  figures: PackageFiguresService;
  publishers: Publishers;
  creations: Creations;
  connectivity: Connectivity;
  programUpdates: ProgramUpdates;
  limits: LineLimits;
  snapshots: Snapshots;
  heartbeat: Heartbeat;
  paths: GrantedPaths;
  /** Dialled for every package (`--peer`). */
  extraPeers: string[];
  tellPreview(preview: OpenPreview): Promise<Preview>;
  log(line: string): void;
}

const maxKeyFileBytes = 64 * 1024;
const maxStatementsBytes = 256 * 1024;

export function coreHandlers(parts: CoreParts): Handlers<CoreRequestName> {
  const { settings, library, previews, events, versions, resolver, marks, figures, publishers, creations, connectivity, programUpdates, limits, snapshots, heartbeat, tellPreview, log } = parts;
  const folderOf = (handle: string | undefined) => parts.paths.folderOf(handle);
  const each = (ids: string[], act: (id: string) => void) => {
    for (const id of ids) library.get(id); // all or none
    for (const id of ids) act(id);
  };

  return {
    'session.snapshot': () => snapshots.snapshot(settings.value),
    'previews.open': async ({ source, folder }) => tellPreview(await previews.open(source, folderOf(folder))),
    'previews.get': ({ previewId }) => tellPreview(previews.get(previewId)),
    'previews.close': ({ previewId }) => previews.close(previewId),
    'packages.add': (input) => addPackage(input, { ...parts, folderOf }),
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
      each(ids, (id) => void recheckPackage(library, id).catch((error: unknown) => log(`Checking failed: ${String(error)}`)));
    },
    'packages.move': ({ id, folder }) => movePackage(library, id, folderOf(folder), log),
    'packages.announce': ({ ids }) => each(ids, (id) => library.get(id).allLayers.forEach(({ torrent }) => torrent.announce())),
    'packages.detail': ({ id }) => packageDetail(library.get(id)),
    'packages.figures': ({ id, since }) => figures.figures(id, since),
    'packages.exportFigures': async ({ id, format }) => ({ text: await figures.exported(id, format) }),
    'session.metrics': () => figures.metrics(),
    'session.reports': () => figures.reports(),
    'packages.watch': ({ id }) => heartbeat.watch(id),
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
      if (!limits.setConditions(now)) return;
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
}
