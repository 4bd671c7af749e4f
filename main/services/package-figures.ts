// What is measured of a package while it is delivered, for the event view, the export and operators.
import type { FiguresPoint, PackageFigures } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import type { Library } from './library.ts';
import type { PackageEntry } from './package-entry.ts';

export class PackageFiguresService {
  readonly #library: Library;

  constructor(library: Library) {
    this.#library = library;
  }

  /** @throws ContractError `not-found` */
  figures(id: string): PackageFigures {
    const entry = this.#library.get(id);
    if (!entry) throw new ContractError('not-found', 'This package is not here any more.');
    const now = pointOf(entry);
    const counters = entry.allLayers.map(({ torrent }) => torrent.stats());
    const sum = (pick: (stats: (typeof counters)[number]) => number): number => Math.round(counters.reduce((all, stats) => all + pick(stats), 0));
    const people = sum((stats) => stats.fromPeople);
    const server = sum((stats) => stats.fromServer);
    const done = sum((stats) => stats.bytesDone);
    return {
      id, name: entry.record.name, at: now.at, startedAt: entry.record.addedAt, completedAt: entry.record.completedAt,
      firstPieceMs: entry.layers[0]?.torrent.stats().firstPieceMs ?? null,
      bytes: {
        people, server, local: Math.max(0, done - people - server), wasted: sum((stats) => stats.wastedBytes), uploaded: sum((stats) => stats.uploadedBytes),
        total: sum((stats) => stats.bytesWanted),
      },
      originShare: people + server > 0 ? server / (people + server) : null,
      now, churnPerMinute: 0, skew: null,
      trackers: [], smoothing: null, control: { action: 'none', reason: null, since: null },
      transport: { preferred: 'tcp', decidedBy: 'default', tcp: null, utp: null },
      incidents: [], history: { stepMs: 1000, points: [now] },
    };
  }
}

function pointOf(entry: PackageEntry): FiguresPoint {
  const point: FiguresPoint = {
    at: Date.now(), people: 0, server: 0, upload: 0, connected: 0, complete: 0, helping: 0, joined: 0, left: 0, rarestCopies: 0, meanCopies: 0, done: 0,
  };
  let wanted = 0;
  let done = 0;
  for (const { torrent } of entry.layers) {
    const stats = torrent.stats();
    point.people += stats.downloadBytesPerSecond;
    point.upload += stats.uploadBytesPerSecond;
    point.connected += stats.connected;
    point.helping += stats.sendingToUs;
    wanted += stats.bytesWanted;
    done += stats.bytesDone;
  }
  return { ...point, done: wanted > 0 ? Math.min(1, done / wanted) : 0 };
}
