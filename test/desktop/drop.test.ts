// Dropping on a real Electron window: what the command line opens is opened, and nothing else is.
import { afterEach, describe, expect, test } from 'vitest';
import { dropEverything } from '../e2e/window-drop.ts';
import { leaveNothingBehind, until } from '../support/processes.ts';
import { closeEveryApp, DesktopApp, runtime, whyNot } from './desktop-app.ts';

describe.skipIf(!runtime)(`dropping on the desktop window${runtime ? '' : ` (${whyNot})`}`, () => {
  leaveNothingBehind();
  afterEach(closeEveryApp);

  test('opens .torrent and .evpack files, magnet and flashswarm links, and refuses the rest with a sentence', async () => {
    const desktop = await DesktopApp.open();
    await until('the core answers', () => desktop.page.evaluate(async () => (await window.flashswarm!.request('session.snapshot', {})).ok));
    await dropEverything(desktop.page, await desktop.app.context().newCDPSession(desktop.page));
    expect(desktop.complaints).toEqual([]);
  });
});
