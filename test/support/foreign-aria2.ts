// aria2 as a seed and as a leech. It dials only what a tracker names; as a seed or leech it accepts who dials it.
import type { ForeignClient, ForeignOptions } from './foreign-client.ts';
import { freePort, waitForPort } from './ports.ts';
import { startProgram, until } from './processes.ts';

export async function startAria2(options: ForeignOptions): Promise<ForeignClient> {
  if (options.host === '::1' || options.transport === 'utp') throw new Error('aria2 is driven over TCP and IPv4 alone');
  const port = await freePort();
  const source = 'file' in options.torrent ? options.torrent.file : options.torrent.magnet;
  const program = await startProgram('aria2', 'aria2c', [
    '--no-conf=true', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false', '--enable-peer-exchange=false',
    '--bt-max-peers=0', '--file-allocation=none', '--summary-interval=0', '--console-log-level=notice', '--enable-color=false',
    '--human-readable=false', `--listen-port=${port}`, '--disable-ipv6=true', '--bt-tracker-connect-timeout=5', '--bt-stop-timeout=0',
    ...(options.encrypted ? ['--bt-force-encryption=true'] : []),
    ...(options.role === 'seed'
      ? ['--seed-ratio=0', '--check-integrity=true', '--allow-overwrite=true']
      : ['--seed-time=0', '--allow-overwrite=true']),
    '-d', options.folder, source,
  ], { graceMs: 1_000 });
  await waitForPort(port, '127.0.0.1', 20_000, () => program.ended);
  if (options.role === 'seed') {
    await until('aria2 has checked its files', () => {
      if (program.ended) throw new Error(`aria2 ended\n${program.tail()}`);
      return /SEED\(/.test(program.stdout) || /Seeding is in progress|Verification finished successfully/.test(program.stdout);
    }, { withinMs: 30_000, describe: () => program.tail() });
  }
  return {
    name: 'aria2', program, address: `127.0.0.1:${port}`,
    async complete(withinMs = 120_000) {
      // It was told to seed for no time at all, so it ends with 0 when it has everything.
      await until('aria2 has everything', () => program.ended, { withinMs, describe: () => program.tail() });
      const { code } = await program.exited;
      if (code !== 0) throw new Error(`aria2 ended with ${code}\n${program.tail()}`);
    },
    stop: () => program.stop(),
  };
}
