// A stranger's libtorrent on the internet comes in to our engine at home, through the port that was opened for it.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { HomeRouter, MINIUPNPD, OUTSIDE } from './home-router.ts';
import { labLacks, labNetwork, removeNetworks } from './lab-network.ts';
import { MappingComputer } from './mapping-client.ts';
import { Libtorrent, makeTorrent } from '../support/foreign-libtorrent.ts';
import { arrived, makePayload } from '../support/payload.ts';
import { leaveNothingBehind, temporaryFolder } from '../support/processes.ts';

const lacks = labLacks(MINIUPNPD);
if (lacks) console.log(`Skipped: ${lacks}.`);
removeNetworks();
leaveNothingBehind();

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

it.skipIf(lacks).each([
  { name: 'UPnP', options: {}, method: 'upnp-2' }, { name: 'NAT-PMP', options: { upnp: false, ignorePcp: true }, method: 'nat-pmp' }, { name: 'PCP', options: { upnp: false }, method: 'pcp' },
])('lets a libtorrent peer in from outside through $name', async ({ options, method }) => {
  const payload = makePayload(temporaryFolder('data'), 'single.bin', 8 * 1024 * 1024);
  const torrent = await makeTorrent(payload, path.join(temporaryFolder('torrent'), 'single.torrent'));
  const network = labNetwork();
  const router = new HomeRouter(network, options);
  router.build();
  await router.start();
  const seed = new MappingComputer(await network.start('pc', 'engine', process.execPath, [file('engine-seed-child.ts'), torrent.file, payload.root], { stdin: true }));
  const [mapping] = await seed.open();
  expect(mapping).toMatchObject({ method, externalAddress: router.wan });

  const leech = async (port: number): Promise<{ peer: Libtorrent; folder: string }> => {
    const folder = temporaryFolder('out');
    const configuration = {
      role: 'leech', folder, listen: `${OUTSIDE}:7001`, peers: [`${router.wan}:${port}`], torrent: torrent.file, transport: 'tcp', encrypted: false, countBlocks: false,
      uploadBytesPerSecond: 0, downloadBytesPerSecond: 0,
    };
    const program = await network.start('inet', 'libtorrent', '/usr/bin/python3', [file('../support/foreign-libtorrent.py'), JSON.stringify(configuration)], { stdin: true, graceMs: 2_000 });
    return { peer: new Libtorrent(program, `${OUTSIDE}:7001`), folder };
  };
  const { peer, folder } = await leech(mapping!.externalPort!);
  await peer.complete(30_000);
  expect(await arrived(payload, folder)).toEqual(payload.files);
  await peer.stop();
  await seed.close();

  expect(router.rules()).toEqual([]);
});
