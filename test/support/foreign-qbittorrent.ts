// qBittorrent without a window as a seed and as a leech, driven over its web API.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ForeignClient, ForeignOptions } from './foreign-client.ts';
import { freePort, waitForPort } from './ports.ts';
import { startProgram, temporaryFolder, until } from './processes.ts';

interface QbittorrentTorrent { progress: number; state: string; amount_left: number; uploaded: number }
const protocols = { both: 'Both', tcp: 'TCP', utp: 'UTP' };

/** qBittorrent also tells how each of its peers is connected. */
export interface Qbittorrent extends ForeignClient {
  peers(): Promise<{ address: string; connection: string; flags: string }[]>;
}

export async function startQbittorrent(options: ForeignOptions): Promise<Qbittorrent> {
  const home = temporaryFolder('qbittorrent');
  const port = await freePort();
  const webPort = await freePort();
  const host = options.host ?? '127.0.0.1';
  const folder = path.join(home, 'qBittorrent/config');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'qBittorrent.conf'), [
    '[LegalNotice]', 'Accepted=true',
    '[BitTorrent]', 'Session\\DHTEnabled=false', 'Session\\LSDEnabled=false', 'Session\\PeXEnabled=false', `Session\\Port=${port}`,
    `Session\\DefaultSavePath=${options.folder}`, 'Session\\Interface=lo', 'Session\\InterfaceName=lo', `Session\\InterfaceAddress=${host}`,
    'Session\\MultiConnectionsPerIp=true', 'Session\\SSRFMitigation=false', 'Session\\QueueingSystemEnabled=false',
    `Session\\BTProtocol=${protocols[options.transport ?? 'tcp']}`, `Session\\Encryption=${options.encrypted ? 1 : 0}`,
    '[Network]', 'PortForwardingEnabled=false',
    '[Preferences]', 'WebUI\\LocalHostAuth=false', 'WebUI\\Address=127.0.0.1', `WebUI\\Port=${webPort}`, '',
  ].join('\n'));
  const program = await startProgram('qbittorrent', 'qbittorrent-nox', [`--profile=${home}`, `--webui-port=${webPort}`], {
    env: { HOME: home }, graceMs: 3_000,
  });
  await waitForPort(webPort, '127.0.0.1', 30_000, () => program.ended);
  const api = async (call: string, init?: RequestInit): Promise<Response> => {
    const answer = await fetch(`http://127.0.0.1:${webPort}/api/v2/${call}`, init);
    if (!answer.ok) throw new Error(`qBittorrent: ${call}: ${answer.status}`);
    return answer;
  };

  const form = new FormData();
  if ('file' in options.torrent) form.set('torrents', new Blob([readFileSync(options.torrent.file)]), 'test.torrent');
  else form.set('urls', options.torrent.magnet);
  form.set('savepath', options.folder);
  form.set('autoTMM', 'false');
  form.set('contentLayout', 'Original');
  await api('torrents/add', { method: 'POST', body: form });
  let last: QbittorrentTorrent | undefined;
  const look = async () => {
    last = ((await (await api('torrents/info')).json()) as QbittorrentTorrent[])[0];
    return last;
  };
  await until('qBittorrent knows the torrent', look, { withinMs: 20_000, describe: () => program.tail() });
  const describe = () => `${JSON.stringify(last)}\n${program.tail()}`;
  const dial = async () => {
    if (!options.peers?.length) return;
    const body = new URLSearchParams({ hashes: options.infoHash, peers: options.peers.join('|') });
    await api('torrents/addPeers', { method: 'POST', body }).catch(() => {}); // 400 as long as it knows no such torrent
  };
  await dial();
  const seeds = () => last !== undefined && ['uploading', 'stalledUP', 'forcedUP'].includes(last.state);
  const isComplete = async (redial: boolean): Promise<boolean> => {
    await look();
    if (redial && !seeds()) await dial();
    return seeds() && last!.progress === 1;
  };
  if (options.role === 'seed') {
    await until('qBittorrent has checked its files', () => isComplete(false), { withinMs: 60_000, describe });
  }
  return {
    name: 'qBittorrent', program, address: `${host === '::1' ? '[::1]' : host}:${port}`,
    complete: async (withinMs = 120_000) => {
      await until('qBittorrent has everything', () => isComplete(true), { withinMs, everyMs: 300, describe });
    },
    async peers() {
      const body = (await (await api(`sync/torrentPeers?hash=${options.infoHash}`)).json()) as {
        peers?: Record<string, { connection: string; flags: string }>;
      };
      return Object.entries(body.peers ?? {}).map(([address, { connection, flags }]) => ({ address, connection, flags }));
    },
    stop: () => program.stop(),
  };
}
