// Starts the engine with the settings that it reads once, and with what it knows from the last time.
import { join } from 'node:path';
import type { CoreOptions, Settings } from '../../contract/index.ts';
import { writeFileAtomic } from '../engine/atomic-file.ts';
import { Engine } from '../engine/engine.ts';
import type { OutboundGate } from '../net/outbound-gate.ts';
import { readJson } from '../services/json-file.ts';
import { webrtcWorld } from './webrtc-world.ts';

/** Settings that an engine reads once, when it starts. */
export const engineSettings = ['listenPort', 'dht', 'pex', 'lsd', 'utp', 'portMapping'] as const;

/** @param settings what they are at the moment. @throws Error when it cannot listen */
export async function startEngine(settings: () => Settings, options: CoreOptions, gate: OutboundGate, log: (line: string) => void): Promise<Engine> {
  const { listenPort, dht, lsd, utp, pex, maxConnections } = settings();
  const portFile = join(options.dataDir, 'port.json');
  // What was learned of TCP and uTP, network by network.
  const transportFile = join(options.dataDir, 'transport.json');
  const port = listenPort === 0 ? await lastPort(portFile) : 0;
  const engine = await Engine.start({
    listenPort: listenPort || port, dht, lsd, utp, pex, maxConnections, userAgent: `Flashswarm/${options.version}`,
    downloadBytesPerSecond: null, uploadBytesPerSecond: null,
    dhtBootstrap: options.dhtBootstrap,
    transport: options.transport,
    webrtc: webrtcWorld(() => gate.allowPrivate, () => settings().diagnosis),
    transportMemory: {
      kept: await readJson(transportFile),
      keep: (learned) => writeFileAtomic(transportFile, JSON.stringify(learned)).catch((error: unknown) => log(`What was learned of the line could not be kept: ${String(error)}`)),
    },
    // Trackers of a home network are asked as they always were; everybody else only as the settings allow.
    fetchAnswer: async (url, { near, ...more }) => (await gate.fetchBytes(url, { ...more, ...(near && { allowPrivate: true }) })).body,
    streamRange: (url, start, end, onBytes, more) => gate.streamRange(url, start, end, onBytes, more),
  });
  if (listenPort === 0 && engine.port !== port) await writeFileAtomic(portFile, String(engine.port));
  engine.on('problem', ({ message }) => log(message));
  return engine;
}

/** "Any port" means one that stays: people and forwardings know it from the last time. */
async function lastPort(file: string): Promise<number> {
  const port = await readJson(file);
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
}
