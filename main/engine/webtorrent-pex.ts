// Exchanges peers with peers (BEP 11) over the connections of one torrent, in place of the library's own exchange.
import { PexBook } from './pex-book.ts';
import { PexFlag, encodePex } from './pex-messages.ts';
import type { PexPeer } from './pex-messages.ts';
import { mayName } from './peer-scrutiny.ts';
import type { Teller } from './peer-scrutiny.ts';
import { type WebtorrentConnection, hostOf, joinAddress } from './webtorrent-connection.ts';

export const PEX_EXTENSION = 'ut_pex';

export interface PexOptions {
  now(): number;
  random(): number;
  /** Where somebody with this address is, from our point of view. */
  tellerAt(host: string): Teller;
  /** Somebody told us of a peer. */
  heard(address: string, teller: string): void;
  tookBack(address: string, teller: string): void;
  isSeed(connection: WebtorrentConnection): boolean;
}

/** A peer with an address that others could dial, and to whom it may be told by where they are. */
interface Tellable { connection: WebtorrentConnection; peer: PexPeer; to: Record<Teller, boolean> }

/** Only reserves our number: messages do not go through the library. */
function extension(): unknown {
  class Pex {}
  Object.defineProperty(Pex.prototype, 'name', { value: PEX_EXTENSION });
  return Pex;
}

export class PeerExchange {
  readonly #options: PexOptions;
  readonly #books = new Map<WebtorrentConnection, { book: PexBook; teller: Teller }>();
  /** Off: nobody is told that we take part, and nothing is sent or read. */
  #allowed = false;
  #open = false;

  constructor(options: PexOptions) {
    this.#options = options;
  }

  /** Before our extended handshake goes out. */
  joined(connection: WebtorrentConnection): void {
    const { now, random } = this.#options;
    if (this.#allowed) connection.wire.use(extension());
    this.#books.set(connection, { book: new PexBook(now, random()), teller: this.#options.tellerAt(connection.host) });
    connection.onPex = (payload) => this.#heard(connection, payload);
  }

  left(connection: WebtorrentConnection): void {
    this.#books.delete(connection);
  }

  /**
   * @param allowed whether we take part at all
   * @param open whether we do at the moment; what others tell meanwhile waits
   */
  set(allowed: boolean, open: boolean): void {
    if (allowed !== this.#allowed) {
      this.#allowed = allowed;
      for (const connection of this.#books.keys()) announce(connection, allowed);
    }
    const opens = allowed && open && !this.#open;
    this.#open = allowed && open;
    if (!opens) return;
    for (const [connection, { book }] of this.#books) for (const address of book.takeKept()) this.#take(address, connection);
  }

  /** Once a second. */
  tick(): void {
    if (!this.#open) return;
    let everybody: Tellable[] | null = null;
    for (const [connection, { book, teller }] of this.#books) {
      const id = connection.wire.peerExtendedMapping[PEX_EXTENSION] ?? 0;
      if (!(id > 0 && id < 256) || !book.isDue) continue;
      everybody ??= this.#everybody();
      const news = book.tell(everybody.filter((one) => one.connection !== connection && one.to[teller]).map(({ peer }) => peer));
      if (news) connection.sendExtended(id, encodePex(news.added, news.dropped));
    }
  }

  #everybody(): Tellable[] {
    return [...this.#books.keys()].flatMap((connection) => {
      const address = dialable(connection);
      if (address === null) return [];
      const flags = (this.#options.isSeed(connection) ? PexFlag.seed : 0) | (connection.transport === 'utp' ? PexFlag.utp : 0) | (connection.incoming ? 0 : PexFlag.reachable);
      const host = hostOf(address);
      const to = { 'internet': mayName('internet', host), 'own-network': mayName('own-network', host), 'own-machine': mayName('own-machine', host) };
      return [{ connection, peer: { address, flags }, to }];
    });
  }

  #heard(connection: WebtorrentConnection, payload: Uint8Array): void {
    const book = this.#books.get(connection)?.book;
    if (!this.#allowed || !book) return;
    const message = book.hear(payload);
    if (message === 'flood') return connection.close('floods us with addresses of peers');
    if (message === 'ignored') return;
    if (!this.#open) return book.keep(message);
    for (const address of message.dropped) this.#options.tookBack(address, connection.host);
    for (const address of message.added) this.#take(address, connection);
  }

  #take(address: string, from: WebtorrentConnection): void {
    if (mayName(this.#options.tellerAt(from.host), hostOf(address))) this.#options.heard(address, from.host);
  }
}

/** The address under which others can dial this peer, if known. */
export function dialable(connection: WebtorrentConnection): string | null {
  // The address of a data channel, or of its relay, is of no use to others.
  if (connection.transport === 'webrtc') return null;
  if (!connection.incoming) return connection.address;
  return connection.listenPort === null ? null : joinAddress(connection.host, connection.listenPort);
}

/** Both sides may change their minds with another extended handshake, which only says what is new (BEP 10). */
function announce({ wire, extended }: WebtorrentConnection, allowed: boolean): void {
  const ownId = (): string | undefined => Object.keys(wire.extendedMapping).find((id) => wire.extendedMapping[Number(id)] === PEX_EXTENSION);
  if (allowed && ownId() === undefined) wire.use(extension());
  if (extended && ownId() !== undefined) wire.extended(0, { m: { [PEX_EXTENSION]: allowed ? Number(ownId()) : 0 } });
}
