// Gets the info dictionary of one torrent from its peers, a few at a time, and gives it to those who ask (BEP 9).
import type { Wire } from './webtorrent-types.ts';

const FETCHERS = 4;

export class MetadataExchange {
  readonly #found: (infoBytes: Uint8Array) => void;
  readonly #wires = new Set<Wire>();
  readonly #fetching = new Set<Wire>();
  #infoBytes: Uint8Array | null = null;

  /** @param found the bytes as a peer sent them, their hash checked */
  constructor(found: (infoBytes: Uint8Array) => void) {
    this.#found = found;
  }

  /** It is known now, wherever it came from: everybody gets it from here on. */
  set(infoBytes: Uint8Array): void {
    this.#infoBytes = infoBytes;
    for (const wire of this.#wires) offer(wire, infoBytes);
  }

  /** Before our extended handshake goes out. */
  joined(wire: Wire): void {
    this.#wires.add(wire);
    if (this.#infoBytes) offer(wire, this.#infoBytes);
    else this.#fetch(wire);
  }

  left(wire: Wire): void {
    this.#wires.delete(wire);
    this.#gaveUp(wire);
  }

  #fetch(wire: Wire): void {
    const exchange = wire.ut_metadata;
    if (!exchange) return;
    // The library has begun with every peer; a few at a time are enough, and bound the memory.
    if (this.#fetching.size >= FETCHERS) exchange.cancel();
    else this.#fetching.add(wire);
    exchange.on('metadata', () => {
      if (!this.#infoBytes) this.#found(Uint8Array.from(exchange.metadata));
    });
    exchange.on('warning', () => this.#gaveUp(wire));
  }

  /** Somebody else takes the place. */
  #gaveUp(wire: Wire): void {
    if (!this.#fetching.delete(wire) || this.#infoBytes) return;
    for (const other of this.#wires) {
      if (other === wire || this.#fetching.has(other) || !other.ut_metadata || other.ut_metadata._metadataComplete) continue;
      this.#fetching.add(other);
      other.ut_metadata.fetch();
      return;
    }
  }
}

/** Shares one copy of the info dictionary among all peers. */
function offer(wire: Wire, infoBytes: Uint8Array): void {
  const exchange = wire.ut_metadata;
  if (!exchange) return;
  exchange.cancel();
  exchange.metadata = infoBytes;
  exchange._metadataComplete = true;
  exchange._metadataSize = infoBytes.length;
  wire.extendedHandshake.metadata_size = infoBytes.length;
}
