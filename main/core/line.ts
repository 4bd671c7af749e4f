// The line to the internet: has the router open our ports, watches round trips and the network we are in, and measures how others reach us.
import { randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import type { Connectivity as Report, Settings } from '../../contract/index.ts';
import { writeFileAtomic } from '../engine/atomic-file.ts';
import type { Engine } from '../engine/engine.ts';
import { isPublicAddress } from '../metainfo/address-rules.ts';
import { NetworkChangeWatch } from '../net/network-change.ts';
import type { OutboundGate } from '../net/outbound-gate.ts';
import { findDefaultGateways, PortMapper } from '../net/port-mapping/port-mapper.ts';
import type { EventPackage } from '../package/package-types.ts';
import { Connectivity } from '../services/connectivity.ts';
import { readJson } from '../services/json-file.ts';
import { LatencyWatch } from '../services/latency-watch.ts';
import type { Library } from '../services/library.ts';
import { currentNetworkId } from '../services/network-id.ts';

export interface LineOptions {
  dataDir: string;
  settings(): Settings;
  engine: Engine;
  library: Library;
  gate: OutboundGate;
  changed(report: Report): void;
  log(line: string): void;
}

export interface Line {
  connectivity: Connectivity;
  /** Holds bulk traffic back when round trips grow. */
  watch: LatencyWatch;
  close(): Promise<void>;
}

/** Above this a line counts as loaded. */
const loadBytesPerSecond = 500_000;

export async function openLine({ dataDir, settings, engine, library, gate, changed, log }: LineOptions): Promise<Line> {
  const secret = await mappingSecret(dataDir);
  const mapper = openMapper(settings(), engine, secret, log);
  const nameNetwork = () => void currentNetworkId(secret).then((id) => engine.setNetwork(id));
  nameNetwork();
  const watch: LatencyWatch = new LatencyWatch({
    isOn: () => settings().latencyGuard, transferred: () => engine.transferred(), gateway: async () => (await findDefaultGateways()).ipv4, probe: () => connectivity.probe(),
    towards: () => someoneOutside(library.entries().flatMap(({ allLayers }) => allLayers.flatMap(({ torrent }) => torrent.peers())), gate.allowPrivate),
  });
  const connectivity: Connectivity = new Connectivity({
    dataDir, gate, mappings: () => mapper?.state() ?? null, refreshMappings: (reason) => mapper?.refresh(reason), mappingsAreBusy: () => mapper?.isBusy ?? false,
    listenPort: () => engine.port, inbound: () => engine.inbound(), consent: () => settings().diagnosis.consent, servers: () => settings().diagnosis.servers,
    fromPackages: () => diagnosisOf(library.entries().flatMap((entry) => entry.event ?? [])),
    load: () => (engine.totals().downloadBytesPerSecond > loadBytesPerSecond ? (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })) : null),
    guard: watch, log,
  });
  await connectivity.restore();
  const tell = () => changed(connectivity.report());
  watch.on('state', tell);
  const elsewhere = new NetworkChangeWatch();
  elsewhere.on('changed', (change) => {
    nameNetwork();
    log(change === 'network' ? 'The network changed.' : 'The computer woke up.');
    if (change === 'resumed') mapper?.refresh('resumed');
    watch.forgetRest();
    connectivity.networkChanged(change);
  });
  connectivity.on('changed', changed);
  mapper?.on('changed', tell);
  return {
    connectivity, watch,
    async close() {
      await elsewhere.close();
      await Promise.all([connectivity.close(), watch.close()]);
      await mapper?.close();
    },
  };
}

/** The address of somebody with whom bytes are exchanged over the internet. */
function someoneOutside(peers: { address: string; transport: string }[], allowPrivate: boolean): string | null {
  const hosts = peers.filter(({ transport }) => transport === 'tcp' || transport === 'utp').map(({ address }) => address.slice(0, address.lastIndexOf(':')));
  return hosts.find((host) => isIPv4(host) && (allowPrivate || isPublicAddress(host))) ?? null;
}

/** Has the router open our ports; null where that is switched off. */
function openMapper(settings: Settings, engine: Engine, secret: Uint8Array, log: (line: string) => void): PortMapper | null {
  if (!settings.portMapping) return null;
  const mapper = new PortMapper({ secret, log });
  const description = 'Flashswarm';
  mapper.want([
    { internalPort: engine.port, protocol: 'tcp', description },
    ...(settings.utp ? [{ internalPort: engine.port, protocol: 'udp' as const, description }] : []),
    ...(settings.dht && engine.dhtPort ? [{ internalPort: engine.dhtPort, protocol: 'udp' as const, description: `${description} DHT` }] : []),
  ]);
  mapper.start();
  return mapper;
}

/** By which the router knows our mappings again after a crash (PCP's nonces come from it). */
async function mappingSecret(dataDir: string): Promise<Uint8Array> {
  const file = join(dataDir, 'mapping-secret.json');
  const kept = await readJson(file);
  if (typeof kept === 'string' && /^[0-9a-f]{32}$/.test(kept)) return Buffer.from(kept, 'hex');
  const secret = randomBytes(16);
  await writeFileAtomic(file, JSON.stringify(secret.toString('hex')));
  return secret;
}

/** What packages say about measuring the network. */
function diagnosisOf(packages: EventPackage[]): { stun: string[]; probe: string[]; hint: string | null } {
  const sources = packages.map(({ manifest }) => manifest.sources);
  return {
    stun: [...new Set(sources.flatMap((one) => one?.stun ?? []).map((uri) => uri.replace(/^stuns?:/, '').replace(/\?.*$/, '')))].slice(0, 8), probe: [...new Set(sources.flatMap((one) => one?.probe ?? []))].slice(0, 4),
    hint: packages.map(({ manifest }) => manifest.event?.networkHint).find((hint) => hint !== undefined) ?? null,
  };
}
