// Transmission's daemon as a seed and as a leech, driven over its RPC. It dials no loopback address: who tests it dials it.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ForeignClient, ForeignOptions } from './foreign-client.ts';
import { freePort, waitForPort } from './ports.ts';
import { startProgram, temporaryFolder, until } from './processes.ts';

interface TransmissionTorrent {
  haveValid: number; sizeWhenDone: number; metadataPercentComplete: number; status: number; error: number; errorString: string;
}
const seeding = 6; // tr_torrent_activity of 3.00

export async function startTransmission(options: ForeignOptions): Promise<ForeignClient> {
  if (options.host === '::1' || options.transport === 'utp') throw new Error('Transmission is driven over TCP and IPv4 alone');
  const home = temporaryFolder('transmission');
  const port = await freePort();
  const rpcPort = await freePort();
  writeFileSync(path.join(home, 'settings.json'), JSON.stringify({
    'bind-address-ipv4': '127.0.0.1', 'bind-address-ipv6': '::1', 'peer-port': port, 'peer-port-random-on-start': false,
    'rpc-enabled': true, 'rpc-bind-address': '127.0.0.1', 'rpc-port': rpcPort, 'rpc-authentication-required': false,
    'dht-enabled': false, 'lpd-enabled': false, 'pex-enabled': false, 'port-forwarding-enabled': false,
    'utp-enabled': options.transport === 'both', encryption: options.encrypted ? 2 : 1,
    'download-dir': options.folder, 'incomplete-dir-enabled': false, 'watch-dir-enabled': false, preallocation: 0,
    'ratio-limit-enabled': false, 'idle-seeding-limit-enabled': false, 'speed-limit-up-enabled': false, 'speed-limit-down-enabled': false,
    'alt-speed-enabled': false, 'message-level': 2, 'blocklist-enabled': false,
  }));
  const program = await startProgram('transmission', 'transmission-daemon', ['-f', '-g', home, '--log-info'], {
    env: { HOME: home }, graceMs: 2_000,
  });
  await waitForPort(rpcPort, '127.0.0.1', 20_000, () => program.ended);

  let session = '';
  const rpc = async (method: string, parameters: Record<string, unknown>): Promise<Record<string, unknown>> => {
    for (let tries = 0; tries < 3; tries++) {
      const answer = await fetch(`http://127.0.0.1:${rpcPort}/transmission/rpc`, {
        method: 'POST', headers: { 'X-Transmission-Session-Id': session }, body: JSON.stringify({ method, arguments: parameters }),
      });
      if (answer.status === 409) {
        session = answer.headers.get('x-transmission-session-id') ?? '';
        continue;
      }
      const body = (await answer.json()) as { result: string; arguments: Record<string, unknown> };
      if (body.result !== 'success') throw new Error(`Transmission: ${method}: ${body.result}`);
      return body.arguments;
    }
    throw new Error('Transmission gives no session id');
  };
  await rpc('torrent-add', {
    'download-dir': options.folder, paused: false,
    ...('file' in options.torrent
      ? { metainfo: readFileSync(options.torrent.file).toString('base64') }
      : { filename: options.torrent.magnet }),
  });
  const look = async (): Promise<TransmissionTorrent> => {
    const fields = ['haveValid', 'sizeWhenDone', 'metadataPercentComplete', 'status', 'error', 'errorString'];
    return ((await rpc('torrent-get', { fields })).torrents as TransmissionTorrent[])[0]!;
  };
  let last: TransmissionTorrent | null = null;
  const client: ForeignClient = {
    name: 'Transmission', program, address: `127.0.0.1:${port}`,
    async complete(withinMs = 120_000) {
      await until('Transmission has everything', async () => {
        last = await look();
        return last.metadataPercentComplete === 1 && last.sizeWhenDone > 0 && last.haveValid === last.sizeWhenDone;
      }, { withinMs, describe: () => `${JSON.stringify(last)}\n${program.tail()}` });
    },
    stop: () => program.stop(),
  };
  if (options.role === 'seed') {
    await until('Transmission has checked its files', async () => (last = await look()).status === seeding, {
      withinMs: 30_000, describe: () => `${JSON.stringify(last)}\n${program.tail()}`,
    });
  }
  return client;
}
