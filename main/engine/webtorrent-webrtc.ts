// WebRTC of one torrent: meets others through web socket trackers and hands over connections that stand; who is asked, and when, the policy says.
import type { LookupFunction } from 'node:net';
import type { RtcConfig } from 'node-datachannel';
import type { AnnounceFigures } from './carrier.ts';
import type { DeliverySpec } from './delivery-spec.ts';
import { parseIceServer, shownServer } from './ice-servers.ts';
import type { IceServer, RelayServer } from './ice-servers.ts';
import { candidateTypes, descriptionToSend, readDescription } from './webrtc-description.ts';
import { MAX_OFFERS, WebrtcPolicy } from './webrtc-policy.ts';
import type { TrackerLine, TrackerLineHandler, TrackerLineOptions } from './tracker-line.ts';
import type { RelayState } from './webrtc-policy.ts';
import { WebrtcStream } from './webrtc-stream.ts';
import type { NativeWebrtc } from './webrtc-stream.ts';
import { SocketTrackerLine } from './webrtc-tracker.ts';

/** What WebRTC needs of the rest of the program. */
export interface WebrtcWorld {
  /** Sockets connect to nothing else than what this looked up and allowed. */
  lookup: LookupFunction;
  mayAsk(address: string): boolean;
  /** One address of a server that may be asked; null: none. */
  resolve(host: string): Promise<string | null>;
  /** Why a relay gave nothing. */
  checkRelay(server: IceServer): Promise<RelayState>;
  /** The user's own servers, as far as the user agreed to ask them. */
  ownServers(): { stun: readonly string[]; turn: readonly RelayServer[] };
}

export interface WebrtcOptions {
  bindAddress?: string | undefined;
  world: WebrtcWorld;
  figures(): AnnounceFigures;
  /** A connection stands; false: there is no room for it. */
  onStream(stream: WebrtcStream): boolean;
  directPeers(): number;
  wants(): boolean;
  onProblem(message: string): void;
}

/** libjuice speaks to one STUN server and two relays at most, all over UDP. */
const MAX_STUN = 1;
const MAX_RELAYS = 2;
const TICK_MS = 1000;
const MAX_ICE_SERVERS_READ = 16;

let native: Promise<NativeWebrtc | null> | null = null;
let swarmsRunning = 0;

/** The binary may be missing on a system: then there is no WebRTC, and everything else works. */
function loadNative(onProblem: (message: string) => void): Promise<NativeWebrtc | null> {
  native ??= import('node-datachannel').then((loaded) => loaded as unknown as NativeWebrtc, () => {
    onProblem('Connections through WebRTC are off: the part for it is not there on this system.');
    return null;
  });
  return native;
}

interface Servers { stun: IceServer[]; turn: IceServer[] }

export class SwarmWebrtc {
  readonly #options: WebrtcOptions;
  readonly #policy = new WebrtcPolicy(() => performance.now());
  readonly #lines = new Set<SocketTrackerLine>();
  readonly #offers = new Map<string, WebrtcStream>();
  readonly #pending = new Set<WebrtcStream>();
  readonly #peers = new Set<WebrtcStream>();
  #servers: Servers = { stun: [], turn: [] };
  #named = '';
  #running = false;
  #isOffering = false;
  #tick: NodeJS.Timeout | null = null;
  /** Bytes of connections that are closed. */
  #pastBytes = 0;
  #note: string | null = null;
  readonly #checked = new Set<string>();

  constructor(options: WebrtcOptions) {
    this.#options = options;
  }

  /** The way to a tracker of this torrent that speaks over a web socket. */
  line(options: TrackerLineOptions, handler: TrackerLineHandler): TrackerLine {
    const { world } = this.#options;
    const line = new SocketTrackerLine({
      ...options, lookup: world.lookup, mayAsk: (address) => world.mayAsk(address), note: () => this.#note,
      onOffer: (offer) => this.answerTo(offer),
      onAnswer: (offerId, answer) => this.#answered(offerId, answer),
      onClosed: () => this.#lines.delete(line),
    }, handler);
    this.#lines.add(line);
    return line;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    swarmsRunning++;
    this.#policy.start();
    this.#tick = setInterval(() => this.#onTick(), TICK_MS);
    this.#tick.unref();
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    if (this.#tick) clearInterval(this.#tick);
    const streams = [...this.#pending, ...this.#peers];
    const closed = streams.map((stream) => new Promise<void>((resolve) => (stream.closed ? resolve() : stream.once('close', () => resolve()))));
    for (const stream of streams) stream.destroy();
    this.#offers.clear();
    await Promise.all(closed);
    // Its threads would keep the process; it starts them again when it is needed.
    if (--swarmsRunning === 0 && native) (await native)?.cleanup();
  }

  setDelivery(delivery: DeliverySpec): void {
    const own = this.#options.world.ownServers();
    const read = (list: readonly RelayServer[]): IceServer[] => list.slice(0, MAX_ICE_SERVERS_READ).flatMap((server) => parseIceServer(server) ?? []);
    const plain = (url: string): RelayServer => ({ url, username: null, credential: null });
    const servers: Servers = {
      stun: read([...delivery.stun, ...own.stun].map(plain)).filter(({ transport }) => transport === 'udp'),
      turn: read([...delivery.turn, ...own.turn]).filter(({ transport, username }) => transport === 'udp' && username !== null),
    };
    const named = JSON.stringify(servers);
    if (named === this.#named) return;
    this.#named = named;
    this.#servers = servers;
    this.#checked.clear();
    this.#note = null;
    this.#policy.serversChanged();
  }

  #onTick(): void {
    let relayedBytes = 0;
    let webrtcBytes = this.#pastBytes;
    for (const stream of this.#peers) {
      webrtcBytes += stream.receivedBytes;
      if (stream.route()?.isRelayed) relayedBytes += stream.receivedBytes;
    }
    this.#policy.observe({
      wants: this.#options.wants(), directPeers: this.#options.directPeers(), webrtcPeers: this.#peers.size, pending: this.#pending.size,
      directBytes: Math.max(0, this.#options.figures().downloaded - webrtcBytes), relayedBytes,
    });
    if (this.#policy.mayReleaseRelays()) for (const stream of this.#peers) if (stream.route()?.isRelayed) stream.destroy();
    if (!this.#isOffering && this.#policy.offers() > 0) void this.#offer();
  }

  async #offer(): Promise<void> {
    const tracker = [...this.#lines].find(({ isOpen }) => isOpen);
    if (!tracker) return;
    this.#isOffering = true;
    try {
      const made = await this.#configuration();
      // An offer that nobody takes has cost a relay's port.
      const count = Math.min(this.#policy.offers(), MAX_OFFERS, tracker.others);
      if (!made || count === 0 || !this.#running) return this.#policy.offered();
      this.#policy.offered();
      const offers = await Promise.all(Array.from({ length: count }, async () => {
        const stream = this.#open(made.native, made.config, true);
        const sdp = stream && await stream.offer().catch(() => null);
        return stream && sdp ? { stream, sdp } : null;
      }));
      const ready = offers.filter((offer) => offer !== null && this.#isOfUse(offer.stream, offer.sdp, made.relays));
      tracker.offer(ready.map((offer) => {
        const id = offer!.stream.offerId;
        this.#offers.set(id, offer!.stream);
        offer!.stream.once('close', () => this.#offers.delete(id));
        return { id, sdp: this.#told(offer!.sdp) };
      }));
    } finally {
      this.#isOffering = false;
    }
  }

  /** Our description in answer to a stranger's; null: none is given. Never rejects. */
  answerTo(offer: unknown): Promise<string | null> {
    return this.#answer(offer).catch(() => null);
  }

  async #answer(offer: unknown): Promise<string | null> {
    const read = readDescription(offer, 'offer', this.#options.world.mayAsk);
    if (!read || !this.#running || !this.#policy.mayAnswer()) return null;
    const made = await this.#configuration();
    const stream = made && this.#running ? this.#open(made.native, made.config, false) : null;
    if (!made || !stream) return null;
    const sdp = await stream.answer(read.sdp, read.relays);
    if (sdp === null) {
      stream.destroy();
      return null;
    }
    return this.#isOfUse(stream, sdp, made.relays) ? this.#told(sdp) : null;
  }

  #answered(offerId: string, answer: unknown): void {
    const stream = this.#offers.get(offerId);
    if (!stream) return;
    this.#offers.delete(offerId);
    const read = readDescription(answer, 'answer', this.#options.world.mayAsk);
    if (!read) stream.destroy();
    else stream.accept(read.sdp, 'answer', read.relays);
  }

  /** null: nothing to meet through. */
  async #configuration(): Promise<{ native: NativeWebrtc; config: RtcConfig; relays: IceServer[] } | null> {
    const { world, onProblem, bindAddress } = this.#options;
    const relays = this.#servers.turn.filter((server) => this.#policy.mayUseRelay(shownServer(server))).slice(0, MAX_RELAYS);
    const stun = this.#servers.stun.slice(0, MAX_STUN);
    // Relays that were refused leave STUN alone; without that nothing could be found that direct connections had not.
    if (relays.length + stun.length === 0) return null;
    const loaded = await loadNative(onProblem);
    if (!loaded) return null;
    const iceServers: RtcConfig['iceServers'] = [];
    for (const server of [...stun, ...relays]) {
      const hostname = await world.resolve(server.host);
      if (hostname === null) continue;
      if (server.kind === 'stun') iceServers.push(`stun:${shownServer({ host: hostname, port: server.port })}`);
      else iceServers.push({ hostname, port: server.port, username: server.username ?? '', password: server.credential ?? '', relayType: 'TurnUdp' });
    }
    if (iceServers.length === 0) return null;
    return { native: loaded, relays, config: { iceServers, maxMessageSize: 256 * 1024, ...(bindAddress && { bindAddress }) } };
  }

  #open(loaded: NativeWebrtc, config: RtcConfig, isOfferer: boolean): WebrtcStream | null {
    let stream: WebrtcStream;
    try {
      stream = new WebrtcStream(loaded, config, isOfferer);
    } catch (error) {
      this.#options.onProblem(`A WebRTC connection could not be made: ${error instanceof Error ? error.message : 'unknown'}`);
      return null;
    }
    this.#pending.add(stream);
    stream.on('error', () => {});
    stream.once('connect', () => {
      this.#pending.delete(stream);
      this.#peers.add(stream);
      if (!this.#running || !this.#options.onStream(stream)) stream.destroy();
    });
    stream.once('close', () => {
      this.#pending.delete(stream);
      if (this.#peers.delete(stream)) this.#pastBytes += stream.receivedBytes;
    });
    return stream;
  }

  /** A description without any way in it helps nobody. One without a relay although one was asked for: the relay is asked why. */
  #isOfUse(stream: WebrtcStream, sdp: string, relays: IceServer[]): boolean {
    const types = candidateTypes(this.#told(sdp));
    if (relays.length > 0 && !types.has('relay')) void this.#findOut(relays);
    if (types.size > 0) return true;
    stream.destroy();
    return false;
  }

  async #findOut(relays: IceServer[]): Promise<void> {
    for (const server of relays) {
      const shown = shownServer(server);
      if (!this.#policy.mayUseRelay(shown)) continue;
      this.#policy.relayFailed(shown, 'no-answer');
      const state = await this.#options.world.checkRelay(server).catch((): RelayState => 'bad-answer');
      this.#policy.relayFailed(shown, state);
      this.#note = relayTrouble(shown, state);
      if (!this.#checked.has(`${shown} ${state}`)) this.#options.onProblem(this.#note);
      this.#checked.add(`${shown} ${state}`);
    }
  }

  #told(sdp: string): string {
    return descriptionToSend(sdp, this.#options.world.mayAsk);
  }
}

function relayTrouble(server: string, state: RelayState): string {
  switch (state) {
    case 'wrong-password': return `The relay ${server} refuses the user name and password it was given; it is not asked again for an hour.`;
    case 'refused': return `The relay ${server} refuses to help; it is not asked again for an hour.`;
    case 'no-answer': return `The relay ${server} does not answer.`;
    default: return `The relay ${server} gave no address to be reached at.`;
  }
}
