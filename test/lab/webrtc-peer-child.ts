// The engine with WebRTC as the core gives it, as a process of its own for the lab: its state as JSON lines out, an ending on any line in.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { webrtcWorld } from '../../main/core/webrtc-world.ts';
import { DEFAULT_DELIVERY } from '../../main/engine/delivery-spec.ts';
import type { DeliverySpec } from '../../main/engine/delivery-spec.ts';
import { Engine } from '../../main/engine/engine.ts';
import { parseTorrentFile } from '../../main/metainfo/metainfo.ts';
import { OutboundGate } from '../../main/net/outbound-gate.ts';
import { MemoryStore } from '../support/memory-store.ts';

export interface PeerState {
  /** Every way, with where it was learned of, that there was a connection on. */
  ways: string[];
  done: boolean; sha256: string | null; listenPort: number; problems: string[]; trackers: { url: string; message: string | null; state: string }[];
  peers: { address: string; transport: string; source: string; receivedBytes: number; sentBytes: number }[];
}

const given = JSON.parse(process.argv[2]!) as { torrent: string; data?: string; trackers: string[][]; peers?: string[]; delivery: Partial<DeliverySpec>; port?: number };
const metainfo = parseTorrentFile(readFileSync(given.torrent));
const gate = new OutboundGate({ allowPrivate: false, userAgent: 'Flashswarm/0.1' });
const engine = await Engine.start({
  listenPort: given.port ?? 0, dht: false, lsd: false, utp: true, pex: true, maxConnections: 20, userAgent: 'Flashswarm/0.1', downloadBytesPerSecond: null, uploadBytesPerSecond: null,
  fetchAnswer: async (url, { maxBytes, timeoutMs, signal }) => (await gate.fetchBytes(url, { maxBytes, timeoutMs, signal })).body,
  webrtc: webrtcWorld(() => false, () => ({ consent: false, servers: { stun: [], probe: [], turn: [], portal: [] } })),
});
const problems: string[] = [];
engine.on('problem', ({ message }) => problems.push(message));
const store = new MemoryStore(metainfo, given.data === undefined ? undefined : readFileSync(given.data));
const torrent = engine.add({
  infoHash: metainfo.infoHash, metainfo, trackers: given.trackers, webSeeds: [], peers: given.peers ?? [], openStore: async () => store, paused: false, order: 'rarest',
  downloadBytesPerSecond: null, uploadBytesPerSecond: null, uploadSlots: null, delivery: { ...DEFAULT_DELIVERY, ...given.delivery },
});
let done = false;
torrent.once('done', () => (done = true));
const ways = new Set<string>();
const look = setInterval(() => torrent.peers().forEach(({ transport, source }) => ways.add(`${transport} ${source}`)), 20);
const tell = (): void => {
  const state: PeerState = {
    ways: [...ways], done, sha256: done ? createHash('sha256').update(store.data).digest('hex') : null, listenPort: engine.port, problems,
    trackers: torrent.trackers().map(({ url, message, state: at }) => ({ url, message, state: at })),
    peers: torrent.peers().map(({ address, transport, source, receivedBytes, sentBytes }) => ({ address, transport, source, receivedBytes, sentBytes })),
  };
  process.stdout.write(`${JSON.stringify(state)}\n`);
};
const timer = setInterval(tell, 500);
createInterface({ input: process.stdin }).once('line', () => {
  clearInterval(timer);
  clearInterval(look);
  // Nothing may keep the process: it ends by itself, or the test sees that it does not.
  void engine.close().then(() => gate.close()).then(() => process.stdin.destroy());
});
