// A typed Bridge in memory, derived from the contract's table: a handler that is missing is a compile error.
import { route } from '../../contract/index.ts';
import type {
  Answer, Bridge, EventName, Handlers, Input, Output, PackageDetail, PackageSummary, Payload, Preview, RequestName, Settings, Totals,
} from '../../contract/index.ts';

/** What the fake's core knows. Tests change it and then call `announce`. */
export interface FakeWorld {
  packages: Map<string, PackageSummary>;
  details: Map<string, PackageDetail>;
  settings: Settings;
  totals: Totals;
  /** What a link shows; a link that is not here fails with `bad-link`. */
  previews: Map<string, Omit<Preview, 'previewId'>>;
  host: Output<'host.info'>;
  /** Adding fails with this. */
  addFailure?: { code: string; message: string } | undefined;
  seq: number;
}

export interface Fake {
  world: FakeWorld;
  bridge: Bridge;
  handlers: Handlers<RequestName>;
  /** Every request that was answered, for assertions. */
  asked: { name: RequestName; input: unknown }[];
  emit<N extends EventName>(name: N, payload: Payload<N>): void;
  /** Every event of the fake, whatever its name. @returns the way to stop */
  onAny(listener: (name: EventName, payload: unknown) => void): () => void;
  /** Changes a package and tells the interface. */
  change(id: string, part: Partial<PackageSummary>): void;
  answer(name: unknown, input: unknown): Promise<Answer<unknown>>;
}

class FakeError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export function createFake(world: FakeWorld): Fake {
  const listeners = new Set<(name: EventName, payload: unknown) => void>();
  const asked: Fake['asked'] = [];
  const open = new Map<string, Preview>();
  let nextPreview = 1;

  const emit: Fake['emit'] = (name, payload) => {
    for (const listener of listeners) listener(name, payload);
  };
  const delta = (upserted: PackageSummary[], removed: string[] = []): void =>
    emit('packages.changed', { seq: ++world.seq, upserted, removed, totals: world.totals });
  const one = (id: string): PackageSummary => {
    const found = world.packages.get(id);
    if (!found) throw new FakeError('not-found', 'This package is not here any more.');
    return found;
  };
  const change = (id: string, part: Partial<PackageSummary>): void => {
    const next = { ...one(id), ...part };
    world.packages.set(id, next);
    delta([next]);
  };
  const detailOf = (id: string): PackageDetail => {
    const found = world.details.get(one(id).id);
    if (!found) throw new FakeError('not-found', 'This package has no detail.');
    return found;
  };
  const changeDetail = (id: string, part: Partial<PackageDetail>): void => {
    const next = { ...detailOf(id), ...part };
    world.details.set(id, next);
    emit('detail.changed', next);
  };
  const paused = (ids: string[], on: boolean): void => {
    for (const id of ids) {
      const before = one(id);
      change(id, { paused: on, state: { ...before.state, kind: on ? 'paused' : 'downloading', reason: on ? 'by-user' : 'going' } });
    }
  };

  const handlers: Handlers<RequestName> = {
    'session.snapshot': () => ({ seq: world.seq, packages: [...world.packages.values()], totals: world.totals, settings: world.settings }),
    'previews.open': ({ source, folder }) => {
      const key = source.kind === 'link' ? source.link : source.kind === 'bytes' ? (source.name ?? '') : source.handle;
      const known = world.previews.get(key);
      if (!known) throw new FakeError('bad-link', 'This is not a magnet link, an info hash or an address of a torrent file.');
      const preview: Preview = { ...known, previewId: `p${nextPreview++}`, ...(folder ? { folder, freeBytes: 40e9 } : {}) };
      open.set(preview.previewId, preview);
      return preview;
    },
    'previews.get': ({ previewId }) => {
      const preview = open.get(previewId);
      if (!preview) throw new FakeError('not-found', 'This preview is closed.');
      return preview;
    },
    'previews.close': ({ previewId }) => void open.delete(previewId),
    'packages.add': ({ previewId, paused: asPaused }) => {
      const preview = open.get(previewId ?? '');
      const like = [...world.packages.values()][0];
      if (world.addFailure) throw new FakeError(world.addFailure.code, world.addFailure.message);
      if (preview?.alreadyHere) return { id: preview.alreadyHere, merged: true };
      if (!preview?.infoHash || !like) throw new FakeError('bad-link', 'There is nothing to add.');
      const added: PackageSummary = {
        ...like, id: preview.infoHash, infoHash: preview.infoHash, name: preview.name ?? preview.infoHash, addedAt: like.addedAt + 1e6, paused: asPaused ?? false,
        bytesDone: 0, fromLocal: 0, fromPeople: 0, fromServer: 0,
      };
      world.packages.set(added.id, added);
      delta([added]);
      return { id: added.id, merged: false };
    },
    'packages.pause': ({ ids }) => paused(ids, true),
    'packages.resume': ({ ids }) => paused(ids, false),
    'packages.remove': ({ ids }) => {
      for (const id of ids) world.packages.delete(one(id).id);
      delta([], ids);
    },
    'packages.recheck': ({ ids }) => ids.forEach((id) => change(id, { state: { ...one(id).state, kind: 'checking', reason: 'checking', progress: 0 } })),
    'packages.move': ({ id, folder }) => change(id, { folder }),
    'packages.announce': ({ ids }) => ids.forEach(one),
    'packages.detail': ({ id }) => detailOf(id),
    'packages.watch': () => {},
    'packages.setFiles': ({ id, files }) => {
      const wanted = new Map(files.map((file) => [file.index, file.priority]));
      changeDetail(id, { files: detailOf(id).files.map((file) => ({ ...file, priority: wanted.get(file.index) ?? file.priority })) });
    },
    'packages.setLimits': ({ id, ...limits }) => change(id, { limits: { ...one(id).limits, ...limits } }),
    'packages.setOrder': ({ id, order }) => change(id, { order }),
    'packages.setSeedingGoal': ({ id, goal }) => change(id, { seedingGoal: goal }),
    'packages.setQueuePosition': ({ id, position }) => change(id, { queuePosition: position }),
    'packages.addTrackers': ({ id, trackers }) => changeDetail(id, {
      trackers: [...detailOf(id).trackers, ...trackers.map((url) => ({
        url, tier: 9, state: 'idle' as const, message: null, seeders: null, leechers: null, lastAnswerAt: null, nextAnnounceAt: null, answerMs: null,
      }))],
    }),
    'packages.removeTracker': ({ id, url }) => changeDetail(id, { trackers: detailOf(id).trackers.filter((tracker) => tracker.url !== url) }),
    'packages.addPeers': ({ id }) => void one(id),
    'settings.get': () => world.settings,
    'settings.update': ({ downloadFolder, ...part }) => {
      world.settings = { ...world.settings, ...part, ...(downloadFolder ? { downloadFolder } : {}) };
      emit('settings.changed', world.settings);
      return world.settings;
    },
    'host.info': () => world.host,
    'host.takePending': () => world.host.pending.splice(0),
    'host.pickFolder': () => ({ handle: '/media/big', path: '/media/big' }),
    'host.typeFolder': ({ path }) => {
      if (!path.startsWith('/media')) throw new FakeError('forbidden', 'Only folders below /media can be used here.');
      return { handle: path, path };
    },
    'host.pickTorrent': () => ({ handle: 'picked.torrent', name: 'picked.torrent' }),
    'host.openFolder': ({ id }) => void one(id),
  };

  const answer: Fake['answer'] = async (name, input) => {
    asked.push({ name: name as RequestName, input });
    return route(handlers, name, input);
  };
  return {
    world, handlers, asked, emit, change, answer,
    onAny(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    bridge: {
      request: <N extends RequestName>(name: N, input: Input<N>) => answer(name, input) as Promise<Answer<Output<N>>>,
      on(name, listener) {
        const each = (emitted: EventName, payload: unknown): void => { if (emitted === name) listener(payload as never); };
        listeners.add(each);
        return () => void listeners.delete(each);
      },
    },
  };
}
