// What the Add dialog looks at before the start: parsed at once, or asked from people in the background.
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Preview, Source } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import type { Engine, Torrent } from '../engine/engine.ts';
import { freeBytes } from '../engine/disk-space.ts';
import { diskPaths } from '../metainfo/disk-paths.ts';
import type { Magnet } from '../metainfo/magnet.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { EventOpening, OpenedEvent } from './event-opening.ts';
import type { Library } from './library.ts';
import type { Resolved, SourceResolver } from './source-resolver.ts';
import { parseLink, toContractError } from './source-resolver.ts';

const maxPreviews = 50;
const exactSourceFirstMs = 3_000;

export interface OpenPreview {
  id: string;
  folder: string;
  status: Preview['status'];
  error: Preview['error'];
  metainfo: Metainfo | null;
  magnet: Magnet | null;
  torrent: Torrent | null;
  /** An event package that may be shown. */
  event: OpenedEvent | null;
  abort: AbortController;
}

export interface PreviewOptions {
  engine: Engine;
  library: Library;
  resolver: SourceResolver;
  opening: EventOpening;
  peers: string[];
}

export class Previews extends EventEmitter<{ changed: [OpenPreview] }> {
  readonly #o: PreviewOptions;
  readonly #open = new Map<string, OpenPreview>();

  constructor(options: PreviewOptions) {
    super();
    this.#o = options;
  }

  /**
   * Looks at a source. Answers at once for a link: what has to be fetched first arrives as `changed`.
   * @throws {ContractError} for anything that can be seen to be wrong without asking anybody
   */
  async open(source: Source, folder: string): Promise<OpenPreview> {
    if (this.#open.size >= maxPreviews) await this.close(this.#open.keys().next().value!);
    const preview: OpenPreview = {
      id: randomUUID(), folder, status: 'asking', error: null, metainfo: null, magnet: null, torrent: null, event: null, abort: new AbortController(),
    };
    if (source.kind === 'link') {
      let link;
      try {
        link = parseLink(source.link);
      } catch (error) {
        throw toContractError(error);
      }
      if (link.kind === 'magnet') this.#ask(preview, link.magnet);
      else void this.#fetch(preview, source);
    } else {
      const resolved = await this.#o.resolver.resolve(source, preview.abort.signal);
      this.#show(preview, resolved);
    }
    this.#open.set(preview.id, preview);
    return preview;
  }

  /** @throws {ContractError} `not-found` */
  get(id: string): OpenPreview {
    const preview = this.#open.get(id);
    if (!preview) throw new ContractError('not-found', 'This dialog is out of date. Open the link again.');
    return preview;
  }

  /** Hands a preview over to the library: it is no longer closed with its dialog, and asks nobody by itself any more. */
  take(id: string): OpenPreview {
    const preview = this.get(id);
    this.#open.delete(id);
    preview.abort.abort();
    return preview;
  }

  async close(id: string): Promise<void> {
    const preview = this.#open.get(id);
    this.#open.delete(id);
    preview?.abort.abort();
    await preview?.torrent?.close();
  }

  async closeAll(): Promise<void> {
    for (const id of [...this.#open.keys()]) await this.close(id);
  }

  #ask(preview: OpenPreview, magnet: Magnet): void {
    preview.magnet = magnet;
    const here = this.#o.library.findByInfoHash(magnet.infoHash);
    if (here) {
      const known = here.allLayers.find((layer) => layer.record.infoHash === magnet.infoHash)?.metainfo;
      if (known) this.#ready(preview, known);
      return;
    }
    void this.#askInOrder(preview, magnet);
  }

  /** An exact source first: it is quicker than any search, and may bring the signed package. People are asked when it has not answered soon. */
  async #askInOrder(preview: OpenPreview, magnet: Magnet): Promise<void> {
    const { signal } = preview.abort;
    const answered = this.askExactSources(magnet, signal).then((found) => {
      if (!found || signal.aborted || preview.metainfo || preview.event) return;
      if (found.kind === 'metainfo' && preview.torrent) preview.torrent.setMetainfo(found.metainfo);
      else if (found.kind === 'metainfo') this.#ready(preview, found.metainfo);
      else {
        preview.event = found.opened;
        preview.status = 'ready';
        const { torrent } = preview;
        preview.torrent = null;
        void torrent?.close().catch(() => undefined);
      }
      this.emit('changed', preview);
    });
    await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, exactSourceFirstMs).unref())]);
    if (signal.aborted || preview.event || preview.torrent || preview.metainfo) return;
    try {
      this.#askPeople(preview, magnet);
    } catch (error) {
      // It was added by another way meanwhile.
      preview.status = 'failed';
      preview.error = { code: 'refused', message: `This cannot be looked at now: ${(error as Error).message}` };
      this.emit('changed', preview);
    }
  }

  #askPeople(preview: OpenPreview, magnet: Magnet): void {
    const others = [...this.#open.values()].find((other) => other.torrent?.infoHash === magnet.infoHash);
    if (others) void this.close(others.id);
    const torrent = this.#o.engine.add({
      infoHash: magnet.infoHash,
      name: magnet.name,
      trackers: magnet.trackers.map((tracker) => [tracker]),
      webSeeds: magnet.webSeeds,
      peers: [...magnet.peers, ...this.#o.peers],
      openStore: (metainfo) => this.#o.library.openStoreFor(magnet.infoHash, metainfo),
      ...(preview.metainfo ? { metainfo: preview.metainfo } : {}),
      metadataOnly: true,
      paused: false,
      order: 'rarest',
      downloadBytesPerSecond: null,
      uploadBytesPerSecond: null,
      uploadSlots: null,
    });
    preview.torrent = torrent;
    torrent.on('metadata', (metainfo) => {
      this.#ready(preview, metainfo);
      this.emit('changed', preview);
    });
    torrent.on('problem', (problem) => {
      if (preview.metainfo) return;
      preview.status = 'failed';
      preview.error = { code: 'refused', message: problem.message };
      this.emit('changed', preview);
    });
  }

  /**
   * Tries the magnet's exact sources (`xs`) one after another; null when none has it. Failures are no error: people are asked as well.
   * An event package must have the magnet's torrent among its layers.
   */
  async askExactSources(magnet: Magnet, signal: AbortSignal): Promise<{ kind: 'metainfo'; metainfo: Metainfo } | { kind: 'package'; opened: OpenedEvent } | null> {
    for (const url of magnet.exactSources) {
      if (!/^https:/i.test(url)) continue;
      try {
        const found = await this.#o.resolver.fetchAddress(url, signal);
        if (found.kind === 'metainfo' && found.metainfo.infoHash === magnet.infoHash) return found;
        if (found.kind !== 'package') continue;
        const opened = this.#o.opening.open(found.bytes);
        if (opened.pkg.layers.some(({ metainfo }) => metainfo.infoHash === magnet.infoHash)) return { kind: 'package', opened };
      } catch {
        if (signal.aborted) return null;
      }
    }
    return null;
  }

  async #fetch(preview: OpenPreview, source: Source): Promise<void> {
    try {
      this.#show(preview, await this.#o.resolver.resolve(source, preview.abort.signal));
    } catch (error) {
      const { code, message } = toContractError(error);
      preview.status = 'failed';
      preview.error = { code, message };
    }
    this.emit('changed', preview);
  }

  /** @throws {ContractError} when an event package must not be shown */
  #show(preview: OpenPreview, resolved: Resolved): void {
    if (resolved.kind === 'metainfo') this.#ready(preview, resolved.metainfo);
    if (resolved.kind !== 'package') return;
    preview.event = this.#o.opening.open(resolved.bytes, { fingerprint: resolved.fingerprint });
    preview.status = 'ready';
  }

  #ready(preview: OpenPreview, metainfo: Metainfo): void {
    preview.metainfo = metainfo;
    preview.status = 'ready';
  }
}

/** A preview as the interface sees it. */
export async function describePreview(preview: OpenPreview, library: Pick<Library, 'findByInfoHash'>, opening: Pick<EventOpening, 'describe'>): Promise<Preview> {
  // First what has to be waited for: what is told later must not be older than what was told before.
  const free = await freeBytes(preview.folder);
  const { metainfo, magnet } = preview;
  if (preview.event) return describeEvent(preview, preview.event, opening, free);
  const infoHash = metainfo?.infoHash ?? magnet?.infoHash ?? null;
  const paths = metainfo ? diskPaths(metainfo) : [];
  const only = magnet?.selectOnly ?? null;
  return {
    previewId: preview.id,
    status: preview.status,
    error: preview.error,
    infoHash,
    name: metainfo?.name ?? magnet?.name ?? null,
    signature: 'unsigned',
    event: null,
    alreadyHere: (infoHash && library.findByInfoHash(infoHash)?.record.id) ?? null,
    bytesTotal: metainfo?.length ?? null,
    files: metainfo
      ? metainfo.files.flatMap((file, index) => (file.padding ? [] : [{ index, path: paths[index] ?? file.path.join('/'), length: file.length, chosen: !only || only.includes(index), layer: metainfo.infoHash }]))
      : [],
    folder: preview.folder,
    freeBytes: free,
    trackers: (metainfo?.trackers.flat().length ?? 0) + (magnet?.trackers.length ?? 0),
    comment: metainfo?.comment ?? null,
  };
}

function describeEvent(preview: OpenPreview, opened: OpenedEvent, opening: Pick<EventOpening, 'describe'>, free: number | null): Preview {
  const event = opening.describe(opened);
  const { pkg } = opened;
  let base = 0;
  const chosen = new Set(event.layers.filter((layer) => layer.chosen).map((layer) => layer.id));
  const files = pkg.layers.flatMap(({ layer, metainfo }) => {
    const paths = diskPaths(metainfo);
    const listed = metainfo.files.flatMap((file, index) => (file.padding ? [] : [{
      index: base + index, path: paths[index]!, length: file.length, chosen: chosen.has(layer.id), layer: layer.id,
    }]));
    base += metainfo.files.length;
    return listed;
  });
  return {
    previewId: preview.id, status: preview.status, error: preview.error,
    infoHash: pkg.layers[0]!.metainfo.infoHash, name: event.title, signature: 'signed', event,
    alreadyHere: event.action === 'new' ? null : event.packageId,
    bytesTotal: files.reduce((sum, file) => sum + file.length, 0), files,
    folder: preview.folder, freeBytes: free,
    trackers: new Set(pkg.manifest.sources?.trackers?.flat()).size, comment: null,
  };
}
