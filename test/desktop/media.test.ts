// Playing, choosing and dropping in a real Electron window: files of packages reach the player by ranges, places never reach the page by name.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createTorrent, encodeTorrentFile } from '../../main/metainfo/metainfo.ts';
import { makeEvpack } from '../support/make-evpack.ts';
import { leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';
import { makeWav } from '../support/wav.ts';
import { closeEveryApp, DesktopApp, runtime, whyNot } from './desktop-app.ts';

const seconds = 20;

/** A window that is drawn, with a core that answers. */
async function openReady(args: string[] = [], options: { downloads?: string } = {}): Promise<DesktopApp> {
  const desktop = await DesktopApp.open(args, options);
  await desktop.page.getByRole('button', { name: 'Add' }).first().waitFor();
  await until('the core answers', () => desktop.page.evaluate(async () => (await window.flashswarm!.request('session.snapshot', {})).ok));
  return desktop;
}

/** A window whose library has a complete package with a song and a text, and one of which nothing is here. */
async function withPackages(): Promise<{ desktop: DesktopApp; id: string; indexOf: Record<string, number>; missing: string }> {
  const downloads = temporaryFolder('downloads');
  const folder = path.join(downloads, 'Evening');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'song.wav'), makeWav(seconds));
  writeFileSync(path.join(folder, 'page.html'), '<script>window.ran = true</script>');
  const metainfo = await createTorrent(folder, { pieceLength: 16 * 1024 });
  const elsewhere = path.join(temporaryFolder('elsewhere'), 'absent.wav');
  writeFileSync(elsewhere, makeWav(1));
  const absent = await createTorrent(elsewhere, { pieceLength: 16 * 1024 });
  const desktop = await openReady([], { downloads });
  const { page } = desktop;
  for (const one of [metainfo, absent]) {
    const base64 = Buffer.from(encodeTorrentFile(one)).toString('base64');
    const added = await page.evaluate((base64) => window.flashswarm!.request('packages.add', { source: { kind: 'bytes', base64 }, paused: true }), base64);
    expect(added).toMatchObject({ ok: true });
  }
  await page.evaluate((id) => window.flashswarm!.request('packages.recheck', { ids: [id] }), metainfo.infoHash);
  const files = await until('the files are checked', async () => {
    const detail = await page.evaluate((id) => window.flashswarm!.request('packages.detail', { id }), metainfo.infoHash);
    return detail.ok && detail.value.files.every((file) => file.bytesDone === file.length) && detail.value.files;
  });
  const indexOf = Object.fromEntries(files.map((file) => [path.basename(file.path), file.index]));
  return { desktop, id: metainfo.infoHash, indexOf, missing: absent.infoHash };
}

const ask = (desktop: DesktopApp, name: string, input: unknown): Promise<any> => desktop.page.evaluate(
  ([name, input]) => (window.flashswarm!.request as (name: string, input: unknown) => Promise<unknown>)(name as string, input), [name, input] as const,
);

/** What the system was asked to open, instead of opening it. */
async function watchOpening({ app }: DesktopApp) {
  return app.evaluateHandle(({ shell }) => {
    const opened: string[] = [];
    shell.openPath = async (path: string) => {
      opened.push(path);
      return '';
    };
    return opened;
  });
}

describe.skipIf(!runtime)(`media in a real Electron window${runtime ? '' : ` (${whyNot})`}`, () => {
  leaveNothingBehind();
  afterEach(closeEveryApp);

  test.each(['audio', 'video'] as const)('a complete file plays in <%s>, and can be played from any place', async (element) => {
    const { desktop, id, indexOf } = await withPackages();
    const address = await ask(desktop, 'host.mediaUrl', { id, index: indexOf['song.wav'] });
    expect(address).toMatchObject({ ok: true, value: { contentType: 'audio/wav', url: expect.stringMatching(/^app:\/\/flashswarm\/media\/[\w-]{22}$/) } });
    const played = await desktop.page.evaluate(async ([element, url]) => {
      const player = document.createElement(element as 'audio');
      player.muted = true;
      document.body.append(player);
      const heard = (name: string) => new Promise<void>((resolve, reject) => {
        player.addEventListener(name, () => resolve(), { once: true });
        player.addEventListener('error', () => reject(new Error(`${player.error?.code} ${player.error?.message}`)), { once: true });
      });
      const ready = heard('canplaythrough');
      player.src = url!;
      await ready;
      const { duration, readyState } = player;
      const places: number[] = [];
      for (const place of [15, 3]) {
        const sought = heard('seeked');
        player.currentTime = place;
        await sought;
        places.push(player.currentTime);
      }
      const moved = heard('timeupdate');
      await player.play();
      await moved;
      while (player.currentTime < 3.2) await new Promise((resolve) => setTimeout(resolve, 50));
      const sought = heard('seeked');
      player.currentTime = duration - 0.3;
      const ended = heard('ended');
      await sought;
      await ended;
      return { duration, readyState, places, end: player.currentTime, seekable: player.seekable.end(0) };
    }, [element, address.value.url] as const);
    expect(played).toEqual({ duration: seconds, readyState: 4, places: [15, 3], end: seconds, seekable: seconds });
    expect(desktop.complaints).toEqual([]);
  });

  test('ranges come byte for byte, and nothing that is not complete or not known', async () => {
    const { desktop, id, indexOf, missing } = await withPackages();
    const wav = makeWav(seconds);
    const { url } = (await ask(desktop, 'host.mediaUrl', { id, index: indexOf['song.wav'] })).value;
    const html = (await ask(desktop, 'host.mediaUrl', { id, index: indexOf['page.html'] })).value;
    expect(html.contentType).toBe('application/octet-stream');
    const get = (address: string, range?: string): Promise<{ status: number; range: string | null; type: string | null; disposition: string | null; policy: string | null; body: number[] }> => desktop.page.evaluate(async ([address, range]) => {
      const answer = await fetch(address!, { headers: range ? { range } : {} });
      return {
        status: answer.status, range: answer.headers.get('content-range'), type: answer.headers.get('content-type'), disposition: answer.headers.get('content-disposition'),
        policy: answer.headers.get('content-security-policy'), body: [...new Uint8Array(await answer.arrayBuffer())],
      };
    }, [address, range] as const);
    const whole = await get(url);
    expect({ ...whole, body: Buffer.from(whole.body).equals(wav) }).toMatchObject({ status: 200, type: 'audio/wav', body: true, disposition: expect.stringMatching(/^inline/), policy: expect.stringContaining("media-src 'self'") });
    const part = await get(url, 'bytes=1000-1999');
    expect({ ...part, body: Buffer.from(part.body).equals(wav.subarray(1000, 2000)) }).toMatchObject({ status: 206, range: `bytes 1000-1999/${wav.length}`, body: true });
    expect(await get(url, `bytes=${wav.length}-`)).toMatchObject({ status: 416, range: `bytes */${wav.length}` });
    expect(await get(html.url)).toMatchObject({ status: 200, type: 'application/octet-stream', disposition: expect.stringMatching(/^attachment/) });
    for (const address of [`${url}x`, 'app://flashswarm/media/', 'app://flashswarm/media/..%2f..%2fpackage.json', `app://flashswarm/media/${id}`]) expect((await get(address)).status).toBe(404);
    expect(await ask(desktop, 'host.mediaUrl', { id: missing, index: 0 })).toMatchObject({ ok: false, error: { code: 'not-here' } });
    expect(await ask(desktop, 'host.mediaUrl', { id, index: 99 })).toMatchObject({ ok: false, error: { code: 'not-found' } });
    expect(await ask(desktop, 'packages.remove', { ids: [id], data: 'keep' })).toMatchObject({ ok: true });
    expect((await get(url)).status).toBe(404);
  });

  test('the system\'s player gets sound and film, and nothing else is opened', async () => {
    const { desktop, id, indexOf, missing } = await withPackages();
    const opened = await watchOpening(desktop);
    expect(await ask(desktop, 'host.info', {})).toMatchObject({ ok: true, value: { can: { playFile: true } } });
    expect(await ask(desktop, 'host.playFile', { id, index: indexOf['song.wav'] })).toMatchObject({ ok: true });
    expect(await ask(desktop, 'host.playFile', { id, index: indexOf['page.html'] })).toMatchObject({ ok: false, error: { code: 'forbidden', message: expect.stringContaining('neither sound nor film') } });
    expect(await ask(desktop, 'host.playFile', { id: missing, index: 0 })).toMatchObject({ ok: false, error: { code: 'not-here' } });
    expect(await opened.jsonValue()).toEqual([path.join(desktop.downloads, 'Evening/song.wav')]);
  });

  test('dialogs ask for what is wanted, and hand back a handle that works', async () => {
    const desktop = await openReady();
    const folder = temporaryFolder('files');
    const file = path.join(folder, 'opening.evpack');
    writeFileSync(file, makeEvpack({ layers: [{ id: 'core', files: { 'a.txt': 'hello' } }] }).bytes);
    const dialogs = await desktop.app.evaluateHandle(({ dialog }, file) => {
      const shown: Electron.OpenDialogOptions[] = [];
      (dialog as unknown as Record<string, unknown>)['showOpenDialog'] = async (_window: unknown, options: Electron.OpenDialogOptions) => {
        shown.push(options);
        return { canceled: false, filePaths: [file] };
      };
      return shown;
    }, file);
    const picked = await ask(desktop, 'host.pickTorrent', {});
    expect(picked).toMatchObject({ ok: true, value: { name: 'opening.evpack' } });
    expect(await ask(desktop, 'previews.open', { source: { kind: 'handle', handle: picked.value.handle } })).toMatchObject({ ok: true, value: { status: 'ready', signature: 'signed', event: { packageId: 'com.example.event' } } });
    for (const purpose of ['secret-key', 'public-key', 'statements']) expect(await ask(desktop, 'host.pickFile', { purpose })).toMatchObject({ ok: true, value: { name: 'opening.evpack' } });
    expect(await ask(desktop, 'host.pickFile', { purpose: 'anything' })).toMatchObject({ ok: false, error: { code: 'bad-request' } });
    const shown = await dialogs.jsonValue();
    expect(shown.map(({ filters }) => filters![0]!.extensions)).toEqual([['torrent', 'evpack'], ['key', 'sec', 'pem'], ['pub'], ['keys']]);
    expect(shown.every(({ properties, title }) => properties![0] === 'openFile' && title)).toBe(true);
  });

  test('an .evpack file and a flashswarm: link on the command line wait for the window', async () => {
    const file = path.join(temporaryFolder('files'), 'opening.evpack');
    writeFileSync(file, makeEvpack({ layers: [{ id: 'core', files: { 'a.txt': 'hello' } }] }).bytes);
    const desktop = await DesktopApp.open([file]);
    await desktop.page.getByRole('dialog').waitFor();
    await desktop.page.evaluate(async () => {
      const heard: unknown[] = [];
      Object.assign(window, { heard });
      window.flashswarm!.on('links.opened', (link) => heard.push(link));
    });
    const link = 'flashswarm:open?url=https%3A%2F%2Fexample.org%2Fopening.evpack';
    await (await desktop.startAgain([link, 'flashswarm:delete?everything'])).exited;
    const heard = await until('the window hears of it', () => desktop.page.evaluate(() => {
      const list = (window as unknown as { heard: unknown[] }).heard;
      return list.length > 1 && list;
    }));
    expect(heard).toEqual([{ source: { kind: 'link', link }, label: link }, { refused: expect.stringContaining('not known'), label: 'flashswarm:delete?everything' }]);
  });

  test('dropped folders and files that may be opened become handles; any other file, and what only looks like one, becomes nothing', async () => {
    const folder = path.join(temporaryFolder('dropped'), 'To publish');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'a.bin'), 'abc');
    writeFileSync(path.join(folder, 'a.evpack'), 'abc');
    symlinkSync('a.bin', path.join(folder, 'link.bin'));
    const desktop = await openReady();
    await desktop.page.evaluate(() => {
      // Before the page's own listener: this drop is ours.
      window.addEventListener('drop', (event) => {
        event.preventDefault();
        event.stopImmediatePropagation();
        Object.assign(window, { answered: window.flashswarm!.dropped!([...event.dataTransfer!.files]) });
      }, { capture: true });
      document.addEventListener('dragover', (event) => event.preventDefault());
    });
    const protocol = await desktop.page.context().newCDPSession(desktop.page);
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await protocol.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data: { items: [], files: [folder, path.join(folder, 'a.bin'), path.join(folder, 'a.evpack')], dragOperationsMask: 1 } });
    }
    const answered = await until('the drop is answered', () => desktop.page.evaluate(() => (window as unknown as { answered?: unknown }).answered)) as { handle: string }[];
    expect(answered).toEqual([
      { handle: expect.stringMatching(/^[0-9a-f]{32}$/), name: 'To publish', path: folder, isFolder: true },
      { handle: expect.stringMatching(/^[0-9a-f]{32}$/), name: 'a.evpack', path: path.join(folder, 'a.evpack'), isFolder: false },
    ]);
    expect(await ask(desktop, 'create.scan', { folder: answered[0]!.handle })).toMatchObject({ ok: true, value: { path: folder, bytesTotal: 6 } });
    const forged = await desktop.page.evaluate(async () => {
      const named = Object.defineProperty(new File([], 'x'), 'path', { value: '/etc' });
      const made = Object.create(File.prototype, { path: { value: '/etc' } }) as unknown;
      const all: unknown[] = [];
      for (const one of [{ path: '/etc' }, '/etc', new File(['x'], '/etc/passwd'), named, made, null, [named]]) all.push(...await window.flashswarm!.dropped!([one]));
      return [all, await window.flashswarm!.dropped!('/etc' as never)];
    });
    expect(forged).toEqual([[], []]);
  });
});
