// What a system tells the program by events: links and files of macOS, its dock, a second start. The events are the runtime's own, sent by hand
// where this system never sends them.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';
import { makeEvpack } from '../support/make-evpack.ts';
import { standIn } from '../support/stand-ins.ts';
import { closeEveryApp, DesktopApp, runtime, whyNot } from './desktop-app.ts';

const magnet = `magnet:?xt=urn:btih:${'6'.repeat(40)}&dn=Events`;

async function listening(): Promise<{ desktop: DesktopApp; heard: (count: number) => Promise<unknown[]> }> {
  const desktop = await DesktopApp.open();
  await desktop.page.evaluate(async () => {
    const list: unknown[] = [];
    Object.assign(window, { heard: list });
    window.flashswarm!.on('links.opened', (link) => list.push(link));
    await window.flashswarm!.request('host.info', {});
  });
  return {
    desktop,
    heard: (count) => until('the page hears of it', async () => {
      const list = await desktop.page.evaluate(() => (window as unknown as { heard: unknown[] }).heard);
      return list.length >= count && list;
    }),
  };
}

describe.skipIf(!runtime)(`events of the system${runtime ? '' : ` (${whyNot})`}`, () => {
  leaveNothingBehind();
  afterEach(closeEveryApp);

  test('links and files that macOS hands over are opened or refused, and never left to the system', async () => {
    standIn("macOS's open-url and open-file events (sent by hand in the real runtime)");
    const file = path.join(temporaryFolder('files'), 'opening.evpack');
    writeFileSync(file, makeEvpack({ layers: [{ id: 'core', files: { 'a.txt': 'hello' } }] }).bytes);
    const { desktop, heard } = await listening();
    const prevented = await desktop.app.evaluate(({ app }, [magnet, file]) => {
      let count = 0;
      const event = { preventDefault: () => count++ };
      app.emit('open-url', event, magnet);
      app.emit('open-url', event, 'javascript:alert(1)');
      app.emit('open-file', event, file);
      app.emit('open-file', event, '/etc/passwd');
      return count;
    }, [magnet, file] as const);
    expect(prevented).toBe(4);
    expect(await heard(4)).toEqual([
      { source: { kind: 'link', link: magnet }, label: magnet },
      { refused: expect.stringContaining('"javascript:"'), label: 'javascript:alert(1)' },
      { source: { kind: 'handle', handle: expect.stringMatching(/^[0-9a-f]{32}$/) }, label: 'opening.evpack' },
      { refused: expect.stringContaining('.torrent and .evpack'), label: '/etc/passwd' },
    ]);
  });

  test('a click on the dock brings the window back', async () => {
    standIn("macOS's dock (its activate event sent by hand)");
    const { desktop } = await listening();
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close());
    await until('there is no window', async () => await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length) === 0);
    const opened = desktop.app.waitForEvent('window');
    await desktop.app.evaluate(({ app }) => app.emit('activate'));
    await (await opened).getByRole('button', { name: 'Add', exact: true }).first().waitFor();
  });

  test('what another program says in the place of a second start is passed over', async () => {
    const { desktop, heard } = await listening();
    await desktop.app.evaluate(({ app }, magnet) => {
      for (const data of [null, 'text', { args: [1], folder: '/' }, { args: ['magnet:?xt=x'], folder: 'relative' }]) app.emit('second-instance', {}, ['program', 'magnet:?xt=urn:btih:00'], '/', data);
      app.emit('open-url', { preventDefault: () => {} }, magnet);
    }, magnet);
    expect(await heard(1)).toEqual([{ source: { kind: 'link', link: magnet }, label: magnet }]);
  });
});
