// No download may be run by itself: a package that has a program in it, fetched by a real core, over a file that was runnable before.
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createTorrent, encodeTorrentFile } from '../../main/metainfo/metainfo.ts';
import { TestCore } from '../support/test-core.ts';

it.skipIf(process.platform === 'win32')('a program that was downloaded has no permission to run, whatever the sender or an old file had; what is shared keeps its own', async () => {
  const source = await mkdtemp(join(tmpdir(), 'flashswarm-source-'));
  onTestFinished(() => rm(source, { recursive: true, force: true }));
  const names = ['run.sh', 'tool', 'notes.txt'];
  await mkdir(join(source, 'Evening'));
  for (const name of names) await writeFile(join(source, 'Evening', name), `#!/bin/sh\necho ${name}\n`.repeat(2000));
  for (const name of ['run.sh', 'tool']) await chmod(join(source, 'Evening', name), 0o755);
  const metainfo = await createTorrent(join(source, 'Evening'), { pieceLength: 16 * 1024 });
  const id = metainfo.infoHash;
  const base64 = Buffer.from(encodeTorrentFile(metainfo)).toString('base64');
  const seed = await TestCore.start();
  onTestFinished(() => seed.stop());
  await seed.ask('packages.add', { source: { kind: 'bytes', base64 }, folder: seed.supervisor.grant(source) });
  await seed.until(id, (one) => one.state.kind === 'seeding');
  const client = await TestCore.start();
  onTestFinished(() => client.stop());
  // Something runnable lies where a file of the package is to be.
  await mkdir(join(client.downloads, 'Evening'), { recursive: true });
  await writeFile(join(client.downloads, 'Evening', 'tool'), 'old');
  await chmod(join(client.downloads, 'Evening', 'tool'), 0o755);
  await client.ask('packages.add', { source: { kind: 'bytes', base64 }, peers: [`127.0.0.1:${await seed.port()}`] });
  await client.until(id, (one) => one.state.kind === 'seeding');
  const modeOf = async (folder: string, name: string) => (await stat(join(folder, 'Evening', name))).mode & 0o777;
  await expect.poll(() => modeOf(client.downloads, 'tool'), { timeout: 20_000 }).toBe(0o755 & ~0o111);
  const plain = 0o666 & ~process.umask();
  for (const name of ['run.sh', 'notes.txt']) expect((await modeOf(client.downloads, name)).toString(8)).toBe(plain.toString(8));
  // Before a file is handed to a host it is marked in any case.
  const { files } = await client.ask('packages.detail', { id });
  for (const { index } of files) expect((await stat((await client.ask('packages.file', { id, index })).path)).mode & 0o111).toBe(0);
  // Who runs it on purpose keeps that: it was marked once.
  await chmod(join(client.downloads, 'Evening', 'run.sh'), 0o755);
  await client.ask('packages.file', { id, index: files.find(({ path }) => path.endsWith('run.sh'))!.index });
  expect(await modeOf(client.downloads, 'run.sh')).toBe(0o755);
  expect(await modeOf(source, 'run.sh')).toBe(0o755);
});
