// A long download in a real Electron window: from a peer of another make, byte for byte, and across a "Quit" in the middle.
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { PackageSummary } from '../../contract/index.ts';
import { magnetOf, makeTorrent, startLibtorrent } from '../support/foreign-libtorrent.ts';
import { startTransmission } from '../support/foreign-transmission.ts';
import { arrived, makePayload, mebibyte, oddFiles } from '../support/payload.ts';
import { leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';
import { closeEveryApp, DesktopApp, endOf, runtime, whyNot } from './desktop-app.ts';
import { SessionBus } from './session-bus.ts';

const pieceLength = 256 * 1024;
const blocksOfPiece = pieceLength / (16 * 1024);

async function evening() {
  const folder = temporaryFolder('seed');
  const payload = makePayload(folder, 'Open evening', oddFiles);
  expect(payload.length).toBe(64 * mebibyte);
  return { folder, payload, torrent: await makeTorrent(payload, path.join(folder, 'evening.torrent'), [], pieceLength) };
}

async function startInWindow(desktop: DesktopApp): Promise<void> {
  const dialog = desktop.page.getByRole('dialog');
  await dialog.waitFor();
  await dialog.getByRole('button', { name: 'Start' }).click();
  await dialog.waitFor({ state: 'detached' });
}

async function look({ page }: DesktopApp, id: string): Promise<{ summary: PackageSummary; verified: number[] } | null> {
  const [snapshot, detail] = await page.evaluate((id) => Promise.all([window.flashswarm!.request('session.snapshot', {}), window.flashswarm!.request('packages.detail', { id })]), id);
  const summary = snapshot.ok ? snapshot.value.packages.find((one) => one.id === id) : undefined;
  if (!summary || !detail.ok) return null;
  return { summary, verified: [...detail.value.pieces.sources].flatMap((source, piece) => source === '0' ? [] : piece) };
}

async function finished(desktop: DesktopApp, id: string): Promise<PackageSummary> {
  let last: PackageSummary | undefined;
  return until('everything is here', async () => {
    last = (await look(desktop, id))?.summary;
    return last && last.bytesWanted > 0 && last.bytesDone === last.bytesWanted && last.completedAt !== null && last;
  }, { withinMs: 120_000, describe: () => JSON.stringify(last && { ...last, bar: null }) });
}

const limit = (desktop: DesktopApp, bytesPerSecond: number | null) =>
  desktop.page.evaluate((limit) => window.flashswarm!.request('settings.update', { downBytesPerSecond: limit }), bytesPerSecond);

describe.skipIf(!runtime)(`a download of 64 MiB in a real Electron window${runtime ? '' : ` (${whyNot})`}`, () => {
  leaveNothingBehind();
  afterEach(closeEveryApp);

  test('from a Transmission arrives with the right SHA-256, and the window says so', async () => {
    const { folder, payload, torrent } = await evening();
    const seed = await startTransmission({ role: 'seed', folder, torrent, infoHash: torrent.infoHash });
    const desktop = await DesktopApp.open([magnetOf(torrent.infoHash, { peers: [seed.address] })]);
    await startInWindow(desktop);
    const summary = await finished(desktop, torrent.infoHash);
    expect(await arrived(payload, desktop.downloads)).toEqual(payload.files);
    expect(summary.fromPeople).toBe(payload.length);
    const row = desktop.page.getByRole('row').filter({ hasText: 'Open evening' });
    await row.getByText(/Sharing/).first().waitFor();
    expect(desktop.complaints).toEqual([]);
  });

  test('is broken off by "Quit" in the tray and goes on at the next start: nothing that was verified is fetched again', async () => {
    const { folder, payload, torrent } = await evening();
    const seed = await startLibtorrent({ role: 'seed', folder, torrent, infoHash: torrent.infoHash, countBlocks: true });
    const bus = await SessionBus.start();
    const first = await DesktopApp.open([magnetOf(torrent.infoHash, { peers: [seed.address] })], { environment: bus.environment });
    await first.page.getByRole('dialog').waitFor();
    await limit(first, 8 * mebibyte);
    await startInWindow(first);
    const before = await until('a good part is here', async () => {
      const seen = await look(first, torrent.infoHash);
      return seen && seen.summary.bytesDone > 20 * mebibyte && seen;
    });
    expect(before.summary.bytesDone).toBeLessThan(payload.length / 2);
    const ended = endOf(first);
    await bus.choose('Quit');
    expect(await ended).toEqual([0, null]);
    await first.close();

    const second = await DesktopApp.open([], { userData: first.userData, downloads: first.downloads });
    const resumed = await until('it is in the library again', async () => {
      const seen = await look(second, torrent.infoHash);
      return seen && seen.verified.length > 0 && seen;
    });
    expect(before.verified.filter((piece) => !resumed.verified.includes(piece))).toEqual([]);
    await limit(second, null);
    await second.page.evaluate(([id, peer]) => window.flashswarm!.request('packages.addPeers', { id: id!, peers: [peer!] }), [torrent.infoHash, seed.address]);
    const summary = await finished(second, torrent.infoHash);
    expect(summary.bytesDone).toBe(payload.length);
    expect(await arrived(payload, second.downloads)).toEqual(payload.files);
    await seed.nextStatus();
    const times = (piece: number) => (seed.blocksSentOfPiece.get(piece) ?? 0) / blocksOfPiece;
    expect(before.verified.filter((piece) => times(piece) !== 1)).toEqual([]);
    // What was under way at "Quit" came twice at most: a few pieces, never everything.
    const sent = [...seed.blocksSentOfPiece.values()].reduce((sum, blocks) => sum + blocks, 0);
    expect(sent * 16 * 1024 - payload.length).toBeLessThan(payload.length / 8);
  });
});
