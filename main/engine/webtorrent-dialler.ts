// Connects to the possible peers of one torrent: who is next, in which way, and what comes out of it.
import { isIPv4 } from 'node:net';
import WebtorrentPeer from 'webtorrent/lib/peer.js';
import type { DeliverySpec } from './delivery-spec.ts';
import type { Candidate, DialMode, PeerCandidates } from './peer-candidates.ts';
import { connectTcp } from './tcp-receive.ts';
import { hostOf } from './webtorrent-connection.ts';
import type { CarrierContext } from './webtorrent-context.ts';
import type { WebtorrentTorrent } from './webtorrent-types.ts';

export interface DiallerOptions {
  context: CarrierContext;
  torrent: WebtorrentTorrent;
  candidates: PeerCandidates;
  /** Connections that this torrent may still open to people who are no trusted seeds. */
  room(): number;
  connected(): number;
  isConnectedTo(address: string): boolean;
  mayDial(): boolean;
  wantsSeeds(): boolean;
}

/** Whoever cannot be dialled at the moment for a reason of ours. */
const NOT_NOW_MS = 5_000;
const TCP: readonly DialMode[] = ['tcp', 'tcp-encrypted'];

export class Dialler {
  readonly #options: DiallerOptions;
  /** As the package says; the engine's own option is stronger. */
  transport: DeliverySpec['transport'] = 'auto';

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  dial(): void {
    const { context, torrent, candidates, mayDial, wantsSeeds, room, isConnectedTo } = this.#options;
    if (!mayDial() || torrent.destroyed || !context.client.listening) return;
    for (const candidate of candidates.due(wantsSeeds(), Math.max(0, Math.min(context.dialSlots(), room())))) {
      const host = hostOf(candidate.address);
      if (candidate.modeIndex === 0) candidate.modes = this.#modesFor(host, candidate);
      const mode = candidate.modes[candidate.modeIndex];
      if (!mode || !context.mayConnect(host, candidate.seeder) || isConnectedTo(candidate.address)) {
        candidate.nextAtMs = performance.now() + NOT_NOW_MS;
        candidate.modeIndex = 0;
        continue;
      }
      this.#dialOne(candidate, host, mode);
    }
  }

  /** uTP of the library speaks IPv4 alone. */
  #modesFor(host: string, { seeder }: Candidate): readonly DialMode[] {
    const { context, connected } = this.#options;
    const utp = context.client.utp && isIPv4(host);
    if (context.transport === 'utp') return utp ? ['utp'] : [];
    if (!utp || context.transport === 'tcp' || this.transport === 'tcp') return TCP;
    const { choice } = context;
    const turned = this.transport === 'auto' && !seeder && choice.explores(connected(), context.random());
    const utpFirst = this.transport === 'utp' || (choice.preferred === 'utp') !== turned;
    return utpFirst ? ['utp', ...TCP] : [...TCP, 'utp'];
  }

  #dialOne(candidate: Candidate, host: string, mode: DialMode): void {
    const { context: { client }, torrent, candidates } = this.#options;
    const port = Number(candidate.address.slice(candidate.address.lastIndexOf(':') + 1));
    if (torrent._peers?.has(candidate.address)) return;
    candidate.state = 'dialing';
    const create = mode === 'utp' ? WebtorrentPeer.createUTPOutgoingPeer : WebtorrentPeer.createTCPOutgoingPeer;
    const peer = create(candidate.address, torrent, client.throttleGroups, candidate.source, mode === 'tcp-encrypted' ? 1 : 0);
    torrent._registerPeer(peer);
    const conn = mode === 'utp' ? client._connPool!.utpServer!.connect(port, host) : connectTcp(host, port);
    peer.conn = conn;
    let reached = false;
    conn.once('connect', () => {
      reached = true;
      if (!peer.destroyed && !torrent.destroyed) peer.onConnect();
    });
    conn.on('error', (error: Error) => peer.destroy(error));
    conn.once('close', () => {
      peer.destroy();
      if (candidate.state !== 'dialing') return;
      candidates.failed(candidate, candidate.modes, reached);
      if (candidate.nextAtMs <= performance.now()) queueMicrotask(() => this.dial());
    });
    peer.startConnectTimeout();
  }
}
