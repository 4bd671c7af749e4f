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
import type { Library } from './library.ts';
import type { SourceResolver } from './source-resolver.ts';
import { parseLink, toContractError } from './source-resolver.ts';

const maxPreviews = 50;

export interface OpenPreview {
  id: string;
  folder: string;
  status: Preview['status'];
  error: Preview['error'];
  metainfo: Metainfo | null;
  magnet: Magnet | null;
  torrent: Torrent | null;
  abort: AbortController;
}

export interface PreviewOptions {
  engine: Engine;
  library: Library;
  resolver: SourceResolver;
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
      id: randomUUID(), folder, status: 'asking', error: null, metainfo: null, magnet: null, torrent: null, abort: new AbortController(),
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
      if (resolved.kind === 'metainfo') this.#ready(preview, resolved.metainfo);
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

  /** Hands a preview over to the library: it is no longer closed with its dialog. */
  take(id: string): OpenPreview {
    const preview = this.get(id);
    this.#open.delete(id);
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
    const here = this.#o.library.find(magnet.infoHash);
    if (here) {
      if (here.metainfo) this.#ready(preview, here.metainfo);
      return;
    }
    const others = [...this.#open.values()].find((other) => other.torrent?.infoHash === magnet.infoHash);
    if (others) void this.close(others.id);
    const torrent = this.#o.engine.add({
      infoHash: magnet.infoHash,
      name: magnet.name,
      trackers: magnet.trackers.map((tracker) => [tracker]),
      webSeeds: magnet.webSeeds,
      peers: [...magnet.peers, ...this.#o.peers],
      openStore: (metainfo) => this.#o.library.openStoreFor(magnet.infoHash, metainfo),
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
    void this.askExactSources(magnet, preview.abort.signal).then((metainfo) => {
      if (!metainfo || preview.metainfo || preview.abort.signal.aborted) return;
      torrent.setMetainfo(metainfo);
    });
  }

  /** Tries the magnet's exact sources (`xs`) one after another; null when none has it. Failures are no error: people are asked as well. */
  async askExactSources(magnet: Magnet, signal: AbortSignal): Promise<Metainfo | null> {
    for (const url of magnet.exactSources) {
      if (!/^https:/i.test(url)) continue;
      try {
        const metainfo = await this.#o.resolver.fetchTorrent(url, signal);
        if (metainfo.infoHash === magnet.infoHash) return metainfo;
      } catch {
        if (signal.aborted) return null;
      }
    }
    return null;
  }

  async #fetch(preview: OpenPreview, source: Source): Promise<void> {
    try {
      const resolved = await this.#o.resolver.resolve(source, preview.abort.signal);
      if (resolved.kind === 'metainfo') this.#ready(preview, resolved.metainfo);
    } catch (error) {
      const { code, message } = toContractError(error);
      preview.status = 'failed';
      preview.error = { code, message };
    }
    this.emit('changed', preview);
  }

  #ready(preview: OpenPreview, metainfo: Metainfo): void {
    preview.metainfo = metainfo;
    preview.status = 'ready';
  }
}

/** A preview as the interface sees it. */
export async function describePreview(preview: OpenPreview, library: Library): Promise<Preview> {
  const { metainfo, magnet } = preview;
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
    alreadyHere: infoHash && library.find(infoHash) ? infoHash : null,
    bytesTotal: metainfo?.length ?? null,
    files: metainfo
      ? metainfo.files.flatMap((file, index) => (file.padding ? [] : [{ index, path: paths[index] ?? file.path.join('/'), length: file.length, chosen: !only || only.includes(index) }]))
      : [],
    folder: preview.folder,
    freeBytes: await freeBytes(preview.folder),
    trackers: (metainfo?.trackers.flat().length ?? 0) + (magnet?.trackers.length ?? 0),
    comment: metainfo?.comment ?? null,
  };
}
