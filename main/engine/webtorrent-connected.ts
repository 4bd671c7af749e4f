// Who is connected in one swarm: room for more, one connection to each, trusted seeds before others, and what their lines carry.
import { Nearness } from './own-place.ts';
import type { Candidate } from './peer-candidates.ts';
import { SteadinessMeter } from './steadiness-meter.ts';
import type { WebtorrentConnection } from './webtorrent-connection.ts';
import type { CarrierContext } from './webtorrent-context.ts';
import { dialable } from './webtorrent-pex.ts';
import type { Peer } from './webtorrent-types.ts';

interface Connected { peer: Peer; candidate: Candidate | null; since: number; seeder: boolean; meter: SteadinessMeter | null; placed: boolean }

export class ConnectedPeers {
  /** Of people who are no trusted seeds; null: only the engine's. */
  limit: number | null = null;
  readonly #context: CarrierContext;
  readonly #connections = new Map<WebtorrentConnection, Connected>();
  readonly #seederHosts = new Set<string>();

  constructor(context: CarrierContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Not through WebRTC. */
  get direct(): number {
    return [...this.#connections.keys()].filter(({ transport }) => transport !== 'webrtc').length;
  }

  /** For people who are no trusted seeds. */
  get room(): number {
    return this.limit === null ? Infinity : this.limit - this.#strangers;
  }

  get hasRoom(): boolean {
    return this.limit === null || this.#strangers < this.limit;
  }

  isConnectedTo(address: string): boolean {
    for (const connection of this.#connections.keys()) if (dialable(connection) === address) return true;
    return false;
  }

  isSeederHost(host: string): boolean {
    return this.#seederHosts.has(host);
  }

  /** @param hosts all there are; a seed that was reached by its name counts under its address too */
  setSeeders(hosts: Iterable<string>): void {
    this.#seederHosts.clear();
    for (const host of hosts) this.#seederHosts.add(host);
    for (const [{ host }, { candidate }] of this.#connections) if (candidate?.seeder) this.#seederHosts.add(host);
    for (const [{ host }, entry] of this.#connections) entry.seeder = this.#seederHosts.has(host);
  }

  /**
   * Two peers that dial one another at the same time keep the connection of the one with the higher id. A trusted seed does not lose its
   * place to somebody else who bears its id.
   */
  isDuplicate(connection: WebtorrentConnection, seeder: boolean): boolean {
    for (const [other, { peer, seeder: otherIsSeeder }] of this.#connections) {
      if (other.peerId !== connection.peerId) continue;
      if (otherIsSeeder && !seeder) return true;
      if (seeder && !otherIsSeeder) {
        peer.destroy(new Error('connected twice'));
        return false;
      }
      if (connection.transport === 'webrtc' && other.transport !== 'webrtc') return true;
      if (other.transport === 'webrtc' && connection.transport !== 'webrtc') {
        peer.destroy(new Error('connected directly'));
        return false;
      }
      if (other.incoming === connection.incoming) return true;
      const ours = this.#context.client.peerId > connection.peerId;
      if (connection.incoming === ours) return true;
      peer.destroy(new Error('connected twice'));
      return false;
    }
    return false;
  }

  /** @param candidate null: it came to us */
  add(connection: WebtorrentConnection, peer: Peer, candidate: Candidate | null, seeder: boolean): void {
    const { loopbackOnly, place } = this.#context;
    if (seeder) this.#seederHosts.add(connection.host);
    connection.isLocal = connection.transport !== 'webrtc' && place.isLocal(connection.host);
    const meter = loopbackOnly || place.nearness(connection.host) !== Nearness.ownSubnet ? new SteadinessMeter() : null;
    this.#connections.set(connection, { peer, candidate, since: performance.now(), seeder, meter, placed: false });
    this.#context.counted(1);
  }

  /** @returns what there was of it; null: it was not here */
  remove(connection: WebtorrentConnection): Pick<Connected, 'candidate' | 'since'> | null {
    const entry = this.#connections.get(connection);
    if (!entry) return null;
    this.#connections.delete(connection);
    this.#context.counted(-1);
    return entry;
  }

  /** Once a second. How fast and how steadily TCP and uTP carry bulk (neighbours are not reached over the line that this is about), and where others see us. */
  measure(): void {
    const { choice, place } = this.#context;
    const now = performance.now();
    for (const [connection, entry] of this.#connections) {
      if (connection.transport !== 'tcp' && connection.transport !== 'utp') continue;
      if (!entry.placed && connection.ownAddressSeen !== null) {
        entry.placed = true;
        place.seenAs(connection.ownAddressSeen, connection.host);
      }
      const sample = entry.meter?.look(now, connection.carriedBytes);
      if (sample && choice.record(connection.transport, sample)) this.#context.transportChosen();
    }
  }

  /** People who are no trusted seeds. */
  get #strangers(): number {
    let strangers = 0;
    for (const { seeder } of this.#connections.values()) if (!seeder) strangers++;
    return strangers;
  }
}
