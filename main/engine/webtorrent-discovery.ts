// Finds people without a tracker for one torrent: announces and looks in the DHT (BEP 5), and calls in the local network (BEP 14).
import Discovery from 'torrent-discovery';
import { guardDatagrams } from './webtorrent-dht-guard.ts';
import type { Dht } from './webtorrent-types.ts';

export interface DiscoveryOptions {
  infoHash: string;
  peerId: string;
  dht: Dht | null;
  port(): number;
  random(): number;
  /** @param node the one in the DHT that says so; null: our own one, which heard it from that peer itself */
  onDhtPeer(address: string, node: string | null): void;
  onLocalPeer(address: string): void;
}

const DHT_INTERVAL_MS = 15 * 60_000;
/** A table that is still empty, or a line that is down, is better a little later. */
const DHT_RETRY_MS = 60_000;
/** What one lookup brings, and one node in it; more is somebody filling our table. */
export const MAX_PEERS_PER_LOOKUP = 200;
export const MAX_PEERS_PER_NODE = 50;
const INTERVAL_JITTER_SHARE = 0.2;

export class SwarmDiscovery {
  readonly #options: DiscoveryOptions;
  #dhtOn = false;
  #lookup: { left: number; perNode: Map<string, number>; abort: () => void } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #local: Discovery | null = null;
  readonly #onPeer = (peer: { host: string; port: number }, infoHash: Uint8Array, from: { host?: string; address?: string } | null): void => {
    if (Buffer.from(infoHash).toString('hex') === this.#options.infoHash) this.#foundInDht(peer, from ? from.host ?? from.address ?? '' : null);
  };

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** From now on; may be called as often as one likes. */
  set(dht: boolean, lsd: boolean): void {
    this.#setDht(dht && this.#options.dht !== null);
    this.#setLocal(lsd);
  }

  announce(): void {
    if (this.#dhtOn && !this.#lookup) this.#announceInDht();
  }

  close(): void {
    this.set(false, false);
  }

  #setDht(on: boolean): void {
    if (on === this.#dhtOn) return;
    this.#dhtOn = on;
    const { dht } = this.#options;
    if (on) {
      dht!.setMaxListeners(0); // one for each torrent
      dht!.on('peer', this.#onPeer);
      this.#announceInDht();
      return;
    }
    dht?.off('peer', this.#onPeer);
    this.#lookup?.abort();
    this.#lookup = null;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #announceInDht(): void {
    const { dht, infoHash, port } = this.#options;
    if (this.#timer) clearTimeout(this.#timer);
    const lookup = { left: MAX_PEERS_PER_LOOKUP, perNode: new Map<string, number>(), abort: () => {} };
    this.#lookup = lookup;
    // Two steps, so that nothing is announced when this was switched off in between.
    lookup.abort = dht!.lookup(infoHash, (error) => {
      if (this.#lookup !== lookup) return;
      if (error) return this.#again(lookup, DHT_RETRY_MS);
      dht!.announce(infoHash, port(), (failure) => this.#again(lookup, failure ? DHT_RETRY_MS : DHT_INTERVAL_MS));
    }) ?? lookup.abort;
  }

  #again(lookup: object, ms: number): void {
    if (this.#lookup !== lookup) return;
    this.#lookup = null;
    this.#timer = setTimeout(() => this.#announceInDht(), ms * (1 + INTERVAL_JITTER_SHARE * this.#options.random()));
    this.#timer.unref();
  }

  #foundInDht({ host, port }: { host: string; port: number }, node: string | null): void {
    const lookup = this.#lookup;
    if (!lookup || lookup.left <= 0) return; // late answers of a lookup that is over are no loss
    const ofNode = (lookup.perNode.get(node ?? '') ?? 0) + 1;
    if (ofNode > MAX_PEERS_PER_NODE) return;
    lookup.perNode.set(node ?? '', ofNode);
    lookup.left--;
    this.#options.onDhtPeer(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, node);
  }

  #setLocal(on: boolean): void {
    if (on === (this.#local !== null)) return;
    if (!on) {
      this.#local?.destroy();
      this.#local = null;
      return;
    }
    const { infoHash, peerId, port, onLocalPeer } = this.#options;
    const local = new Discovery({ infoHash, peerId, announce: [], tracker: false, dht: false, lsd: true, port: port() });
    local.on('peer', (address: unknown) => {
      if (typeof address === 'string') onLocalPeer(address);
    });
    local.on('error', () => {});
    local.on('warning', () => {});
    // A datagram of one line makes the library throw past everything.
    if (local.lsd?.server) guardDatagrams(local.lsd.server);
    this.#local = local;
  }
}
