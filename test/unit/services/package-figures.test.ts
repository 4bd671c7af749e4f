// The figures of packages, with torrents whose counters a test sets: what adds up, what is told, and what costs nothing.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SessionFigures } from '../../../main/engine/session-figures.ts';
import type { Person } from '../../../main/engine/session-figures.ts';
import { FiguresNews } from '../../../main/services/figures-news.ts';
import { NO_TRANSPORT } from '../../../main/services/figures-recorder.ts';
import { PackageFiguresService } from '../../../main/services/package-figures.ts';
import type { PackageEntry } from '../../../main/services/package-entry.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const begin = Date.UTC(2026, 4, 2, 18);

class FakeTorrent {
  readonly figures = new SessionFigures();
  paused = false;
  people: Person[] = [];
  copies = [1, 1, 1, 1];
  wanted = 4000;
  done = 0;
  fromPeople = 0;
  fromServer = 0;
  uploaded = 0;
  looks = 0;
  metainfo = null;

  stats() {
    this.looks++;
    return {
      fromPeople: this.fromPeople, fromServer: this.fromServer, uploadedBytes: this.uploaded, wastedBytes: 0, connected: this.people.length, bytesDone: this.done, bytesWanted: this.wanted,
      wantedDone: this.done === this.wanted, uploadBytesPerSecond: 0,
    };
  }

  crowd() {
    const { copies } = this;
    return { people: this.people, pieces: copies.length, copies: copies.reduce((sum, count) => sum + count, 0), rarest: Math.min(...copies) };
  }

  trackers() {
    return [];
  }

  sourceState() {
    return { smoothing: null, control: { action: 'none' as const, reason: null, since: null } };
  }

  /** Verified bytes arrive. */
  take(people: number, server = 0): void {
    this.fromPeople += people;
    this.fromServer += server;
    this.figures.fromPeople += people;
    this.figures.fromServer += server;
    this.done += people + server;
    this.figures.firstPieceAt ??= begin + 640;
  }

  meet(...who: string[]): void {
    this.figures.startedAt ??= begin;
    this.people.push(...who.map((name) => ({ who: name, complete: false, helping: true })));
    this.figures.joined += who.length;
  }

  part(): void {
    this.figures.left += this.people.length;
    this.people = [];
  }
}

function packageOf(id: string, torrents: FakeTorrent[]) {
  const layers = torrents.map((torrent, i) => ({ torrent, metainfo: null, record: { infoHash: `${id}-${i}`, chosen: true } }));
  return {
    record: { id, name: id, addedAt: 1000, completedAt: null as number | null }, event: null, layers, allLayers: layers, fetching: layers,
    get idle() {
      return layers.every(({ torrent }) => torrent.stats().connected === 0 && torrent.paused);
    },
    stats: () => layers[0]!.torrent.stats(),
  };
}
type Fake = ReturnType<typeof packageOf>;

function serviceOf(packages: Fake[], dataDir = tempFolder('figures')) {
  let at = begin;
  const here = new Map(packages.map((one) => [one.record.id, one]));
  const service = new PackageFiguresService({
    library: { find: (id) => here.get(id) as unknown as PackageEntry | undefined, entries: () => [...here.values()] as unknown as PackageEntry[], ids: () => [...here.keys()] },
    dataDir, version: '1.0.0', transport: () => NO_TRANSPORT, totals: () => ({ receivedBytes: 0, uploadedBytes: 0, connected: 0, dhtNodes: 0 }), now: () => at, log: (line) => {
      throw new Error(line);
    },
  });
  onTestFinished(() => service.close());
  /** A second goes by. */
  const second = async (seconds = 1): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      service.tick((at += 1000));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const begun = async (id: string): Promise<void> => {
    service.mark(id);
    await service.figures(id);
  };
  return { service, here, second, begun, dataDir };
}

describe('the figures of a package', () => {
  it('add up its layers: bytes of all, one person once however many connections', async () => {
    const [core, extra] = [new FakeTorrent(), new FakeTorrent()];
    const { service, second, begun } = serviceOf([packageOf('event', [core, extra])]);
    core.meet('ann', 'bob');
    extra.meet('bob', 'cleo');
    await begun('event');
    core.take(1000, 500);
    extra.take(500);
    await second();
    extra.part();
    await second();
    const figures = await service.figures('event');
    expect(figures.bytes).toMatchObject({ people: 1500, server: 500, total: 8000 });
    expect(figures).toMatchObject({ originShare: 0.25, firstPieceMs: 640, startedAt: begin, now: { connected: 2, done: 0.25 } });
    const [metrics] = service.metrics().packages;
    expect(metrics).toMatchObject({ joined: 3, left: 1 }); // bob is still here
  });

  it('never go back as a counter, whether they were looked at already or not', async () => {
    const torrent = new FakeTorrent();
    const { service, second } = serviceOf([packageOf('event', [torrent])]);
    torrent.meet('ann');
    service.mark('event');
    const seen: number[] = [];
    for (let look = 0; look < 5; look++) {
      torrent.take(100);
      await second();
      seen.push(service.metrics().packages[0]!.bytes.people);
    }
    expect(seen).toEqual([100, 200, 300, 400, 500]);
  });

  it('say how unevenly the missing pieces are spread', async () => {
    const torrent = new FakeTorrent();
    const { service, second, begun } = serviceOf([packageOf('event', [torrent])]);
    torrent.meet('ann', 'bob');
    torrent.copies = [2, 2, 2, 0];
    await begun('event');
    await second();
    expect(await service.figures('event')).toMatchObject({ now: { rarestCopies: 0, meanCopies: 1.5 }, skew: 1 });
    torrent.copies = [2, 2, 1, 1];
    await second();
    expect((await service.figures('event')).skew).toBeCloseTo(1 / 3, 5);
  });

  it('go on when a newer version takes the place of a layer, and no counter sinks', async () => {
    const [before, after] = [new FakeTorrent(), new FakeTorrent()];
    const entry = packageOf('event', [before]);
    const { service, second, begun } = serviceOf([entry]);
    before.meet('ann');
    await begun('event');
    before.take(3000);
    await second();
    before.part();
    await second();
    const [layer] = packageOf('newer', [after]).layers;
    entry.layers.splice(0, 1, layer!);
    after.meet('bob');
    after.take(200, 100);
    await second();
    expect((await service.figures('event')).bytes).toMatchObject({ people: 3200, server: 100 });
  });

  it('tell what the engine tells, of packages that move; what concerns all alike is no news of one at rest', async () => {
    const [moving, resting] = [new FakeTorrent(), new FakeTorrent()];
    resting.paused = true;
    const { service, second, dataDir } = serviceOf([packageOf('event', [moving]), packageOf('resting', [resting])]);
    moving.meet('ann');
    for (const id of ['event', 'resting', 'gone']) service.incident(id, 'transport-chosen', 'uTP');
    await second(2);
    expect((await service.figures('event')).incidents).toEqual([{ at: begin, kind: 'transport-chosen', detail: 'uTP' }]);
    await service.close();
    expect(readdirSync(join(dataDir, 'figures'))).toEqual(['event.json']);
  });

  it('cost nothing for packages at rest, however many: none is looked at', async () => {
    const resting = Array.from({ length: 1000 }, (_, i) => {
      const torrent = new FakeTorrent();
      torrent.paused = true;
      return { torrent, entry: packageOf(`p${i}`, [torrent]) };
    });
    const moving = new FakeTorrent();
    const { service, second } = serviceOf([...resting.map(({ entry }) => entry), packageOf('event', [moving])]);
    for (const { entry } of resting) service.mark(entry.record.id); // the start of a core marks all of them once
    moving.meet('ann');
    service.mark('event');
    await second(2);
    for (const { torrent } of resting) torrent.looks = 0;
    const before = moving.looks;
    await second(10);
    expect(resting.filter(({ torrent }) => torrent.looks > 0)).toEqual([]);
    expect(moving.looks).toBeGreaterThan(before);
  });

  it('are written at most every half minute while it moves, when it is complete and at the end, and nothing for packages at rest', async () => {
    const torrent = new FakeTorrent();
    const entry = packageOf('event', [torrent]);
    const { service, second, begun, dataDir } = serviceOf([entry, packageOf('other', [new FakeTorrent()])]);
    torrent.meet('ann');
    await begun('event');
    await second(3);
    await service.reports();
    expect(readdirSync(dataDir)).toEqual([]);
    torrent.take(4000);
    entry.record.completedAt = begin + 4000;
    await second();
    expect(await service.reports()).toEqual([expect.objectContaining({ id: 'event', here: true })]);
    await service.close();
    expect(readdirSync(join(dataDir, 'figures'))).toEqual(['event.json']);
  });

  it('of a package that comes to rest show it at rest', async () => {
    const torrent = new FakeTorrent();
    const { service, second, begun } = serviceOf([packageOf('event', [torrent])]);
    torrent.meet('ann');
    await begun('event');
    torrent.take(1000);
    await second(3);
    torrent.part();
    torrent.paused = true;
    await second(5);
    const figures = await service.figures('event');
    expect(figures.now).toMatchObject({ people: 0, connected: 0 });
    expect(figures.skew).toBeNull();
    expect(figures.history.points.at(-1)).toMatchObject({ connected: 0, left: 1 });
    const { length } = figures.history.points;
    service.mark('event'); // somebody changed a limit
    await second();
    expect((await service.figures('event')).history.points).toHaveLength(length);
  });
});

describe('the news of a watched package', () => {
  it('begin with everything, then bring each point once, and end when it rests', async () => {
    const torrent = new FakeTorrent();
    const { service, second, begun } = serviceOf([packageOf('event', [torrent])]);
    torrent.meet('ann');
    await begun('event');
    await second(10);
    const told: number[][] = [];
    const news = new FiguresNews(service, ({ history }) => told.push(history.points.map(({ at }) => at)));
    news.watch('event');
    await news.tell();
    expect(told[0]).toHaveLength(9);
    await news.tell(); // nothing was looked at since
    expect(told).toHaveLength(1);
    await second();
    await news.tell();
    expect(told[1]).toHaveLength(1);
    const all = told.flat();
    expect(new Set(all).size).toBe(all.length);
    news.watch(null);
    await news.tell();
    expect(told).toHaveLength(2);
    news.watch('nothing is kept of this');
    await news.tell();
    expect(told).toHaveLength(2);
  });
});
