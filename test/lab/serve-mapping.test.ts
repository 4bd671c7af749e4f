// The whole program behind a router: `flashswarm serve` opens its port, says so, is found by a stranger, and leaves nothing on the router.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Connectivity } from '../../contract/index.ts';
import { HOME, HomeRouter, MINIUPNPD, OUTSIDE } from './home-router.ts';
import { labLacks, labNetwork, removeNetworks } from './lab-network.ts';
import { Libtorrent, makeTorrent } from '../support/foreign-libtorrent.ts';
import { arrived, makePayload } from '../support/payload.ts';
import { leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';

const CURL = '/usr/bin/curl';
const lacks = labLacks(MINIUPNPD, CURL);
if (lacks) console.log(`Skipped: ${lacks}.`);
removeNetworks();
leaveNothingBehind();

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const PORT = 50_413;
const open = [`tcp ${PORT} -> ${HOME.pc}:${PORT}`, `udp ${PORT} -> ${HOME.pc}:${PORT}`];

it.skipIf(lacks)('opens the port on the router, counts as open once a stranger came in, outlives a restart of the router, and takes its entries away when it ends', async () => {
  const network = labNetwork();
  const router = new HomeRouter(network);
  router.build();
  await router.start();
  const payload = makePayload(temporaryFolder('data'), 'single.bin', 4 * 1024 * 1024);
  const torrent = await makeTorrent(payload, path.join(temporaryFolder('torrent'), 'single.torrent'));
  const home = temporaryFolder('home');
  const serve = await network.start('pc', 'flashswarm serve', process.execPath, [
    file('../../main/cli/flashswarm.ts'), 'serve', '--port', '0', '--download-dir', path.dirname(payload.root), '--listen', String(PORT), '--no-dht', '--data-dir', path.join(home, 'data'),
  ], { cwd: home, graceMs: 10_000, env: { HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home } });
  const address = new URL(await until('serve prints its address', () => /http:\/\/\S+token=\S+/.exec(serve.stdout)?.[0], { withinMs: 60_000, describe: () => serve.tail() }));
  const ask = <T>(method: string, route: string, body?: object): T => {
    const said = network.run('pc', CURL, [
      '--silent', '--show-error', '--request', method, '--header', `Authorization: Bearer ${address.searchParams.get('token')}`, '--header', 'Content-Type: application/json',
      ...(body ? ['--data', JSON.stringify(body)] : []), `${address.origin}/api/v1${route}`,
    ]);
    const answer = said === '' ? undefined : JSON.parse(said) as { error?: { message: string } };
    if (answer?.error) throw new Error(`${method} ${route}: ${answer.error.message}`);
    return answer as T;
  };
  const report = (): Connectivity => ask<Connectivity>('GET', '/connectivity');
  const checked = async (): Promise<Connectivity> => {
    ask('POST', '/connectivity/run');
    return until('the checks are done', () => {
      const now = report();
      return now.state === 'done' && now;
    }, { withinMs: 60_000, everyMs: 300, describe: () => serve.tail() });
  };
  await until('the router lists the port', () => JSON.stringify(router.rules()) === JSON.stringify(open), { withinMs: 15_000, describe: () => router.rules().join('\n') + serve.tail() });

  // Nobody outside was asked, and nobody came yet.
  const first = await checked();
  expect(first.mappings).toMatchObject([{ protocol: 'tcp', internalPort: PORT, externalPort: PORT, confirmed: true, error: null }, { protocol: 'udp', internalPort: PORT, confirmed: true, error: null }]);
  expect(first.gateway).toMatchObject({ address: HOME.router, manufacturer: 'Lab makers' });
  expect(first.verdict).toMatchObject({ reach: 'moderate', action: { kind: 'allow-outside-checks' } });

  ask('POST', '/packages', { torrent: readFileSync(torrent.file).toString('base64') });
  const folder = temporaryFolder('out');
  const configuration = {
    role: 'leech', folder, listen: `${OUTSIDE}:7001`, peers: [`${router.wan}:${PORT}`], torrent: torrent.file, transport: 'tcp', encrypted: false, countBlocks: false,
    uploadBytesPerSecond: 0, downloadBytesPerSecond: 0,
  };
  const stranger = new Libtorrent(
    await network.start('inet', 'libtorrent', '/usr/bin/python3', [file('../support/foreign-libtorrent.py'), JSON.stringify(configuration)], { stdin: true, graceMs: 2_000 }), `${OUTSIDE}:7001`,
  );
  await stranger.complete(60_000);
  expect(await arrived(payload, folder)).toEqual(payload.files);
  await stranger.stop();
  expect((await checked()).verdict).toMatchObject({ reach: 'open', means: 'best', action: { kind: 'none' }, paths: expect.arrayContaining([{ transport: 'tcp', family: 4, reach: 'open', because: ['inbound'] }]) as unknown });

  await router.restart();
  expect(router.rules()).toEqual([]);
  const again = await checked(); // lease.test.ts proves the same without anybody asking, with shorter leases
  expect(router.rules()).toEqual(open);
  expect(again.mappings.map(({ confirmed }) => confirmed)).toEqual([true, true]);
  expect(again.before).toMatchObject({ verdict: { reach: 'open' } });

  // Also amid the checks.
  ask('POST', '/connectivity/run');
  const toldAt = performance.now();
  serve.signal('SIGTERM');
  expect(await serve.exited).toMatchObject({ code: 0 });
  console.log(`ended ${Math.round(performance.now() - toldAt)} ms after SIGTERM`);
  expect(router.rules()).toEqual([]);
}, 240_000);
