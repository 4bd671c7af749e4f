// Drags real files and words onto a window of ours, as a file manager or a browser does, and looks what each of them opens.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Payload } from '../support/payload.ts';
import { makePayload } from '../support/payload.ts';
import { makeTorrent } from '../support/foreign-libtorrent.ts';
import { makeEvpack } from '../support/make-evpack.ts';
import { temporaryFolder } from '../support/processes.ts';

interface Dragged { files?: string[]; words?: [mimeType: 'text/uri-list' | 'text/plain', text: string] }

async function drop(page: Page, session: CDPSession, { files = [], words }: Dragged): Promise<void> {
  const items = words ? [{ mimeType: words[0], data: words[1] }] : [];
  const size = await page.evaluate(() => ({ width: window.innerWidth, height: window.innerHeight }));
  const at = { x: Math.round(size.width / 2), y: Math.round(size.height / 2), data: { items, files, dragOperationsMask: 1 } };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await session.send('Input.dispatchDragEvent', { type, ...at });
}

const magnet = `magnet:?xt=urn:btih:${'4'.repeat(40)}&dn=Dropped`;
const evpackLink = 'flashswarm:open?url=https%3A%2F%2Fexample.invalid%2Fnight.evpack';

async function thingsToDrop(): Promise<{ payload: Payload; place: (name: string) => string }> {
  const folder = temporaryFolder('to-drop');
  const payload = makePayload(folder, 'Small', { 'film.bin': 40_000, 'notes.txt': 12 });
  await makeTorrent(payload, path.join(folder, 'from the mail.torrent'));
  writeFileSync(path.join(folder, 'Opening night.evpack'), makeEvpack({ layers: [{ id: 'all', title: 'All of it', files: { 'a.txt': 'a' } }] }).bytes);
  for (const name of ['setup.exe', 'a.torrent.exe']) writeFileSync(path.join(folder, name), 'MZ');
  mkdirSync(path.join(folder, 'folder.torrent'));
  return { payload, place: (name) => path.join(folder, name) };
}

/** What may be opened is offered, and everything else is refused with a sentence that names it and opens nothing. */
export async function dropEverything(page: Page, session: CDPSession): Promise<void> {
  const { place } = await thingsToDrop();
  const dialog = page.getByRole('dialog');
  const close = async (): Promise<void> => {
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  };
  const refused = async (dragged: Dragged, sentence: string): Promise<void> => {
    await drop(page, session, dragged);
    const notice = page.getByText(sentence);
    await notice.waitFor();
    expect(await dialog.count(), sentence).toBe(0);
    await page.getByRole('button', { name: 'Close' }).first().click();
    await notice.waitFor({ state: 'detached' });
  };
  await page.getByRole('button', { name: 'Add', exact: true }).first().waitFor();
  const before = page.url();

  await drop(page, session, { files: [place('from the mail.torrent')] });
  await dialog.getByText('film.bin').waitFor();
  await close();
  await drop(page, session, { files: [place('Opening night.evpack')] });
  await dialog.getByRole('heading').first().waitFor();
  await dialog.getByText(/key|publisher/i).first().waitFor();
  await close();
  for (const [words, link] of [[['text/uri-list', `${magnet}\r\n`], magnet], [['text/plain', magnet], magnet], [['text/plain', evpackLink], evpackLink]] as const) {
    await drop(page, session, { words: [...words] });
    await dialog.waitFor();
    expect(await dialog.getByRole('textbox').first().inputValue()).toBe(link);
    await close();
  }
  // A link drags a picture along, or the file of a shortcut.
  await drop(page, session, { files: [place('setup.exe')], words: ['text/uri-list', magnet] });
  await dialog.waitFor();
  expect(await dialog.getByRole('textbox').first().inputValue()).toBe(magnet);
  await close();

  await refused({ files: [place('setup.exe')] }, 'Flashswarm opens .torrent and .evpack files. (setup.exe)');
  await refused({ files: [place('a.torrent.exe'), place('setup.exe')] }, '(a.torrent.exe, setup.exe)');
  await refused({ files: [place('folder.torrent')] }, 'A folder cannot be opened.');
  await refused({ words: ['text/uri-list', 'https://example.invalid/x.torrent'] }, 'Addresses of web pages are not opened this way.');
  await refused({ words: ['text/plain', 'javascript:alert(1)'] }, 'not "javascript:"');
  await refused({ words: ['text/uri-list', 'flashswarm:delete?all'] }, 'asks for something that is not known here');
  await refused({ words: ['text/plain', 'magnet:?xt="&calc'] }, 'characters that no link may hold');
  await refused({ words: ['text/plain', 'good evening'] }, 'This is none of them. (good evening)');

  // Several at once: one after another, and what is not ours is named.
  await drop(page, session, { files: [place('from the mail.torrent'), place('setup.exe'), place('Opening night.evpack')] });
  await dialog.getByText('film.bin').waitFor();
  await page.getByText('(setup.exe)').waitFor();
  await page.keyboard.press('Escape');
  await dialog.getByText('film.bin').waitFor({ state: 'detached' });
  await dialog.getByText(/key|publisher/i).first().waitFor();
  await close();
  expect(page.url()).toBe(before);
}
