// Dropping on the page of the headless host: what the command line of the desktop app opens is opened, and nothing else is.
import { expect, test } from 'vitest';
import { leaveNothingBehind, temporaryFolder } from '../support/processes.ts';
import { startServe } from '../support/processes-flashswarm.ts';
import { launchBrowser } from './browser.ts';
import { dropEverything } from './window-drop.ts';

leaveNothingBehind();

test('in the browser, opens .torrent and .evpack files, magnet and flashswarm links, and refuses the rest with a sentence', async () => {
  const host = await startServe(temporaryFolder('downloads'), ['--data-dir', temporaryFolder('session')]);
  const browser = await launchBrowser();
  try {
    const page = await (await browser.newContext({ viewport: { width: 1120, height: 700 }, locale: 'en-GB' })).newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(/http:\/\/\S+token=\S+/.exec(host.program.stdout)![0]);
    await dropEverything(page, await page.context().newCDPSession(page));
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});
