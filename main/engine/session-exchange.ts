// The exchange of one torrent's pieces while its files are open: what is wanted, what is kept, when it is done.
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { FileVerdicts } from './file-verdicts.ts';
import type { PieceStore } from './piece-store.ts';
import type { SessionGround } from './session-ground.ts';
import { buildParts } from './session-parts.ts';
import type { SessionParts, SessionPartsHost } from './session-parts.ts';
import type { SessionPeople } from './session-people.ts';

export class SessionExchange {
  readonly #ground: SessionGround;
  readonly #people: SessionPeople;
  readonly #verdicts: FileVerdicts;
  readonly #mayRun: () => boolean;
  #parts: SessionParts | null = null;
  #doneTold = false;

  /** @param mayRun false: paused, or being checked */
  constructor(ground: SessionGround, people: SessionPeople, verdicts: FileVerdicts, mayRun: () => boolean) {
    this.#ground = ground;
    this.#people = people;
    this.#verdicts = verdicts;
    this.#mayRun = mayRun;
  }

  /** null while the files are not open. */
  get parts(): SessionParts | null {
    return this.#parts;
  }

  /** The files are open; tells when everything wanted is in them already. */
  open(metainfo: Metainfo, store: PieceStore): void {
    this.#ground.selection.load(store.have, store.origins);
    this.#parts = this.#people.parts = buildParts(this.#ground, this.#partsHost(), metainfo, store);
    store.setSelection(this.#ground.choices.filePriorities ?? new Uint8Array(metainfo.files.length).fill(1));
    this.applySelection();
    this.#verdicts.begin(metainfo, store);
  }

  /** What is half here is forgotten. */
  close(): void {
    if (!this.#parts) return;
    const { sources, downloader, uploader } = this.#parts;
    sources.stop();
    downloader.stop();
    uploader.stop();
    this.#parts = this.#people.parts = null;
  }

  /** Asks and serves; the files are open. */
  start(): void {
    const { downloader, sources } = this.#parts!;
    downloader.running = !this.#ground.selection.isDone;
    this.#ground.swarm.start();
    sources.start();
    this.#people.admitWaiting();
    downloader.fillAll();
  }

  /** Nothing is asked any more. */
  halt(): void {
    this.#parts?.sources.stop();
    this.#parts?.downloader.stop();
  }

  /** Once a second. */
  tick(): void {
    if (!this.#parts) return;
    if (this.#people.links.size > 0) {
      this.#parts.downloader.tick();
      this.#parts.uploader.tick();
    }
    this.#parts.sources.tick();
  }

  /** Other files are wanted, or others first. */
  applySelection(): void {
    if (!this.#parts) return;
    const { metainfo, downloader, sources } = this.#parts;
    const { selection, choices } = this.#ground;
    const { priorities } = selection.apply(metainfo, choices.filePriorities, choices.delivery.firstPieces);
    for (let piece = 0; piece < priorities.length; piece++) {
      const priority = priorities[piece]!;
      if (priority > 0) downloader.picker.setPriority(piece, priority as 1 | 2 | 3);
      downloader.setWanted(piece, priority > 0);
    }
    this.#people.recountInterest();
    if (selection.missingPieces > 0) this.#doneTold = false;
    downloader.running = this.#mayRun() && selection.missingPieces > 0;
    if (downloader.running) {
      sources.start(); // they rested if everything that was chosen before is here
      downloader.fillAll();
    }
    this.checkDone();
  }

  /** Tells, once, that everything wanted is here. */
  checkDone(): void {
    const { selection, swarm, emit } = this.#ground;
    if (!this.#parts || !selection.isDone || this.#doneTold) return;
    this.#doneTold = true;
    const { downloader, sources, store } = this.#parts;
    const hadWork = downloader.running;
    downloader.running = false;
    sources.stop();
    downloader.releaseSpare();
    if (hadWork && store.have.isFull()) swarm.completed();
    this.#people.allKept(store.have.isFull());
    emit('done');
    emit('dirty');
  }

  #partsHost(): SessionPartsHost {
    const exchange = this;
    return {
      links: this.#people.links,
      get sources() {
        return exchange.#parts?.sources ?? null;
      },
      keep: (store, piece, data, serverBytes) => this.#keep(store, piece, data, serverBytes),
      ban: (hosts) => this.#ban(hosts),
    };
  }

  /** @returns whether the buffer stays in use */
  async #keep(store: PieceStore, piece: number, data: Uint8Array, serverBytes: number): Promise<boolean> {
    const { context, traffic, selection, owner, emit, stopFor } = this.#ground;
    const source = serverBytes * 2 > data.length ? 'server' : 'people';
    try {
      await store.writePiece(piece, data, source);
    } catch (error) {
      stopFor(error);
      throw error;
    }
    traffic.kept(data.length, serverBytes);
    selection.kept(piece, source);
    this.#people.pieceKept(piece, selection.isWanted(piece));
    this.#verdicts.pieceWritten(piece, data);
    // Only where somebody will ask for it: the next piece needs a buffer of its own then.
    const isShared = this.#people.isAnyInterested && (context.recent?.keep(owner, piece, data) ?? false);
    emit('piece', piece, source);
    this.checkDone();
    return isShared;
  }

  #ban(hosts: string[]): void {
    this.#parts?.sources.ban(hosts);
    for (const host of hosts) {
      // A server is called by its address and tells of itself.
      if (!/^https?:/i.test(host)) this.#ground.emit('incident', 'peer-banned', 'sent wrong data');
      this.#people.closeHost(host, 'sent bad pieces');
    }
  }
}
