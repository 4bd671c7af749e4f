// A typed Bridge in memory, derived from the contract's table: a handler that is missing is a compile error.
import { route } from '../../contract/index.ts';
import { figuresOf } from './fake-figures.ts';
import { creationOf, eventOf, newKey, publisher } from './fake-events.ts';
import type {
  Connectivity, Answer, Bridge, Creation, EventInfo, EventName, Handlers, Input, Integration, Output, PackageDetail, PackageSummary, Payload, Preview, ProgramUpdate, PublisherEntry, RequestName, Settings, Totals,
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
  integration: Integration;
  programUpdate: ProgramUpdate;
  publishers: PublisherEntry[];
  connectivity: Connectivity;
  /** What every folder holds. */
  scan: Output<'create.scan'>;
  /** The package that is being made, once it began. */
  creation: Creation | null;
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
  /** Goes on with the making of a package and tells the interface. */
  make(part: Partial<Creation>): void;
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

  const eventPart = (id: string, part: Partial<EventInfo>): void => {
    const { event } = one(id);
    if (!event) throw new FakeError('bad-request', 'This is not an event package.');
    change(id, { event: { ...event, ...part } });
  };
  const updatePart = (id: string, part: Partial<NonNullable<EventInfo['update']>>): void => {
    const update = one(id).event?.update;
    if (!update) throw new FakeError('bad-request', 'Its publisher names no address for newer versions.');
    eventPart(id, { update: { ...update, ...part } });
  };
  const tellPublishers = (next: PublisherEntry[]): void => {
    world.publishers = next;
    emit('publishers.changed', next);
  };
  const tellProgramUpdate = (part: Partial<ProgramUpdate>): ProgramUpdate => {
    world.programUpdate = { ...world.programUpdate, ...part };
    emit('host.updateChanged', world.programUpdate);
    return world.programUpdate;
  };
  const make: Fake['make'] = (part) => {
    world.creation = { ...(world.creation ?? creationOf()), ...part };
    emit('create.changed', world.creation);
  };
  const creationNow = (): Creation => {
    if (!world.creation) throw new FakeError('not-found', 'This package is not being made.');
    return world.creation;
  };

  const handlers: Handlers<RequestName> = {
    'connectivity.get': () => world.connectivity,
    'connectivity.run': () => emit('connectivity.changed', world.connectivity),
    'connectivity.cancel': () => undefined,
    'connectivity.export': ({ format }) => ({ text: format === 'json' ? '{}\n' : 'Connectivity: unknown\n' }),
    'host.openRouterPage': () => undefined,
    'host.openSignInPage': () => undefined,
    'host.integration': () => world.integration,
    'host.setIntegration': ({ startsAtLogin, opens }) => {
      world.integration = {
        startsAtLogin: startsAtLogin ?? world.integration.startsAtLogin,
        opens: { ...world.integration.opens, ...Object.fromEntries((opens ?? []).map((one) => [one, 'us'])) },
      };
      return world.integration;
    },
    'host.saveReport': () => ({ saved: true }),
    'session.snapshot': () => ({ seq: world.seq, packages: [...world.packages.values()], totals: world.totals, settings: world.settings }),
    'previews.open': ({ source, folder }) => {
      const key = source.kind === 'link' ? source.link : source.kind === 'bytes' ? (source.name ?? '') : source.kind === 'update' ? source.id : source.handle;
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
    'packages.add': ({ previewId, paused: asPaused, trust, accept }) => {
      const preview = open.get(previewId ?? '');
      const like = [...world.packages.values()][0];
      if (world.addFailure) throw new FakeError(world.addFailure.code, world.addFailure.message);
      const event = preview?.event;
      if (event?.trust === 'first-use' && !trust) throw new FakeError('not-trusted', 'Trust its publisher first.');
      if (event?.terms && accept?.terms !== event.terms.digest) throw new FakeError('not-accepted', 'Accept its terms first.');
      if (event?.regions && !accept?.region) throw new FakeError('not-accepted', 'Confirm first that you may use it where you are.');
      if (event && event.action !== 'new') return { id: event.packageId, merged: true };
      if (preview?.alreadyHere) return { id: preview.alreadyHere, merged: true };
      if (!preview?.infoHash || !like) throw new FakeError('bad-link', 'There is nothing to add.');
      const added: PackageSummary = {
        ...like, id: event?.packageId ?? preview.infoHash, event: event ? eventOf({ version: event.version }) : null, signature: preview.signature, infoHash: preview.infoHash, name: preview.name ?? preview.infoHash, addedAt: like.addedAt + 1e6, paused: asPaused ?? false,
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
    'packages.setLayers': ({ id, layers }) => change(id, { layers: one(id).layers.map((layer) => ({ ...layer, chosen: layer.required || layers.includes(layer.id) })) }),
    'packages.checkUpdate': ({ id }) => updatePart(id, { state: 'checking' }),
    'packages.takeUpdate': ({ id }) => updatePart(id, { state: 'getting', fetchedBytes: 0 }),
    'packages.file': ({ id, index }) => ({ path: detailOf(id).files[index]?.path ?? '', length: 1, contentType: 'audio/wav' }),
    'packages.setLimits': ({ id, ...limits }) => change(id, { limits: { ...one(id).limits, ...limits } }),
    'packages.setOrder': ({ id, order }) => change(id, { order }),
    'session.metrics': () => ({ at: 0, version: '0.0.0', packageCount: 0, packages: [], core: { startedAt: 0, cpuSeconds: 0, memoryBytes: 0 }, totals: { receivedBytes: 0, uploadedBytes: 0, connected: 0, dhtNodes: 0 } }),
    'session.reports': () => [],
    'packages.figures': ({ id }) => figuresOf(id, one(id).name),
    'packages.exportFigures': ({ id }) => ({ text: JSON.stringify(figuresOf(id, one(id).name)) }),
    'session.setConditions': () => {},
    'packages.setServerUse': ({ id, use }) => change(id, { serverUse: use }),
    'packages.setSeedingGoal': ({ id, goal }) => change(id, { seedingGoal: goal }),
    'packages.setQueuePosition': ({ id, position }) => change(id, { queuePosition: position }),
    'packages.addTrackers': ({ id, trackers }) => changeDetail(id, {
      trackers: [...detailOf(id).trackers, ...trackers.map((url) => ({
        url, tier: 9, state: 'idle' as const, message: null, seeders: null, leechers: null, lastAnswerAt: null, nextAnnounceAt: null, answerMs: null, answers: 0, failures: 0, medianAnswerMs: null,
      }))],
    }),
    'packages.removeTracker': ({ id, url }) => changeDetail(id, { trackers: detailOf(id).trackers.filter((tracker) => tracker.url !== url) }),
    'packages.addPeers': ({ id }) => void one(id),
    'publishers.list': () => world.publishers,
    'publishers.install': ({ source }) => {
      const installed: PublisherEntry = {
        ...publisher, name: source.kind === 'bytes' ? (source.name ?? '').replace(/\.pub$/, '') : 'Installed', fingerprint: 'f'.repeat(40), state: 'trusted', since: Date.now(), origin: 'file',
        revokedAt: null, revokedBy: null, succeededBy: null, packages: [],
      };
      tellPublishers([...world.publishers, installed]);
      return installed;
    },
    'publishers.forget': ({ fingerprint }) => tellPublishers(world.publishers.filter((each) => each.fingerprint !== fingerprint)),
    'publishers.revoke': ({ fingerprint }) => tellPublishers(world.publishers.map((each) => (
      each.fingerprint === fingerprint ? { ...each, state: 'revoked' as const, revokedAt: Date.now(), revokedBy: 'user' as const } : each))),
    'publishers.applyStatements': () => ({ applied: 1, ignored: [] }),
    'create.scan': () => world.scan,
    'create.start': ({ key }) => {
      if (key.password === 'wrong') throw new FakeError('bad-password', 'This is not the password of this key.');
      world.creation = creationOf();
      return world.creation;
    },
    'create.get': creationNow,
    'create.cancel': () => make({ status: 'failed', error: { code: 'cancelled', message: 'The making was stopped.' } }),
    'create.newKey': ({ name }) => ({ ...newKey, secretFile: `/media/keys/${name}.key`, publicFile: `/media/keys/${name}.pub` }),
    'settings.get': () => world.settings,
    'settings.update': ({ downloadFolder, ...part }) => {
      world.settings = { ...world.settings, ...part, ...(downloadFolder ? { downloadFolder } : {}) };
      emit('settings.changed', world.settings);
      return world.settings;
    },
    'host.info': () => world.host,
    'host.lastKnown': () => null,
    'host.takePending': () => world.host.pending.splice(0),
    'host.pickFolder': () => ({ handle: '/media/big', path: '/media/big' }),
    'host.typeFolder': ({ path }) => {
      if (!path.startsWith('/media')) throw new FakeError('forbidden', 'Only folders below /media can be used here.');
      return { handle: path, path };
    },
    'host.pickTorrent': () => ({ handle: 'picked.torrent', name: 'picked.torrent' }),
    'host.pickFile': ({ purpose }) => ({ handle: `picked ${purpose}`, name: { 'secret-key': 'publisher.key', 'public-key': 'publisher.pub', statements: 'publisher.keys' }[purpose] }),
    'host.mediaUrl': ({ id, index }) => {
      if (!detailOf(id).files[index]) throw new FakeError('not-found', 'There is no such file.');
      return { url: `/media/${index}.wav`, contentType: 'audio/wav' };
    },
    'host.update': () => world.programUpdate,
    'host.checkProgramUpdate': () => tellProgramUpdate({ checkedAt: 1_790_000_000_000 }),
    'host.installProgramUpdate': () => tellProgramUpdate(world.programUpdate.state === 'available' && world.programUpdate.installs ? { state: 'ready', progress: null } : {}),
    'updates.verify': () => {
      throw new FakeError('wrong-key', 'The new version is signed with another key than this program knows.');
    },
    'host.playFile': ({ id }) => void one(id),
    'host.openFile': ({ id }) => {
      one(id);
      return { opened: true };
    },
    'host.openFolder': ({ id }) => void one(id),
  };

  const answer: Fake['answer'] = async (name, input) => {
    asked.push({ name: name as RequestName, input });
    return route(handlers, name, input);
  };
  return {
    world, handlers, asked, emit, change, make, answer,
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
