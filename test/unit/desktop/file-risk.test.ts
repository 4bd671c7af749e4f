// Which files open at a click, and which only after a question: by what they are, not by what they are called.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endingOf, fileRisk, shownName } from '../../../main/desktop/file-risk.ts';

const none = new Uint8Array();
const risk = (name: string, head: Uint8Array | string = none, mode = 0o644) => fileRisk({ name, head: typeof head === 'string' ? Buffer.from(head, 'latin1') : head, mode });

describe('a file that is opened', () => {
  test.each(['film.mkv', 'song.flac', 'cover.JPG', 'read me.txt', 'manual.pdf', 'all of it.tar.gz', 'Über uns.odt', '/somewhere/exe/a.png'])('is opened at a click: %s', (name) => {
    expect(risk(name)).toBe('quiet');
  });

  test.each([
    'setup.exe', 'SETUP.ExE', 'a.msi', 'a.bat', 'a.cmd', 'a.com', 'a.scr', 'a.ps1', 'a.vbs', 'a.js', 'a.jse', 'a.wsf', 'a.hta', 'a.lnk', 'a.url', 'a.reg', 'a.inf', 'a.jar', 'a.app', 'a.dmg', 'a.pkg',
    'a.command', 'a.sh', 'a.bash', 'a.desktop', 'a.AppImage', 'a.deb', 'a.rpm', 'a.run', 'a.py', 'a.pl', 'a.rb', 'a.docm', 'a.xlsm', 'a.pptm', 'a.doc', 'a.iso', 'a.img', 'a.vhd', 'a.svg', 'a.html', 'a.mht',
  ])('is asked about when it may run something: %s', (name) => {
    expect(risk(name)).toBe('runs');
  });

  test.each(['patch', 'data.pak', 'a.torrent', 'a.rtf', 'a.csv', 'video.mp5', 'setup.\uff45\uff58\uff45'])('is asked about when nothing is known of its kind: %s', (name) => {
    expect(risk(name)).toBe('unknown');
  });

  test.each([
    ['two endings', 'holiday.jpg.exe', 'runs'],
    ['a dot behind the name', 'setup.exe.', 'runs'],
    ['dots and blanks behind the name', 'setup.exe . . ', 'runs'],
    ['a blank that is none', 'setup.exe\u3000', 'runs'],
    ['an invisible end', 'setup.exe\u200b', 'runs'],
    ['a harmless ending behind which more follows', 'photo.jpg ', 'disguised'],
    ['text that is turned round', 'photo\u202egpj.exe', 'runs'],
    ['text that is turned round into something else', 'photo\u202eexe.jpg', 'disguised'],
    ['a zero-width letter within the ending', 'setup.e\u200bxe', 'disguised'],
    ['many blanks before the ending', 'photo.jpg                                .txt', 'disguised'],
    ['an alternate data stream', 'readme.txt:evil.exe', 'runs'],
    ['a stream named harmlessly', 'evil.exe:readme.txt', 'disguised'],
    ['a stream of a folder', 'readme.txt::$DATA', 'disguised'],
    ['a line break', 'photo.jpg\n.png', 'disguised'],
    ['a path of Windows', '..\\..\\photo.jpg', 'disguised'],
    ['a name that is an ending alone', '.exe', 'runs'],
    ['a letter that looks like another', 'setup.\u0435xe', 'unknown'],
  ])('is not let through by %s', (_trick, name, expected) => {
    expect(risk(name)).toBe(expected);
  });

  test.each([
    ['a Windows program', 'MZ\x90\0'], ['a Linux program', '\x7fELF\x02'], ['a macOS program', '\xcf\xfa\xed\xfe'], ['a program for two processors', '\xca\xfe\xba\xbe'], ['a script', '#!/bin/sh\n'],
    ['a script behind a byte order mark', '\xef\xbb\xbf#!/bin/sh\n'], ['a shortcut of Windows', 'L\0\0\0\x01\x14\x02\0'], ['a shortcut of Linux', '[Desktop Entry]\nExec=x'], ['a shortcut to an address', '[InternetShortcut]\r\nURL=file:'],
  ])('is asked about when it begins like %s, whatever it is called', (_what, head) => {
    for (const name of ['photo.jpg', 'read me.txt', 'noending']) expect(risk(name, head)).toBe('runs');
  });

  test('is asked about when the system would run it by its permissions', () => {
    for (const mode of [0o744, 0o654, 0o645]) expect(risk('read me.txt', 'hello', mode)).toBe('runs');
  });

  test('never opens at a click behind an ending that runs, however it is written', () => {
    const running = ['exe', 'bat', 'ps1', 'sh', 'desktop', 'lnk', 'docm', 'html', 'appimage', 'command'];
    const noise = fc.stringMatching(/^[ .\u00a0\u200b\u202e\u3000]{0,6}$/);
    fc.assert(fc.property(fc.string({ maxLength: 30 }), fc.constantFrom(...running), fc.boolean(), noise, (stem, ending, upper, behind) => {
      expect(risk(`${stem.replaceAll('/', '')}.${upper ? ending.toUpperCase() : ending}${behind}`)).not.toBe('quiet');
    }), { numRuns: 2000 });
  });

  test('opens at a click only where the ending that Windows sees is a known one', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
      if (risk(name) === 'quiet') expect(['jpg', 'txt', 'gz', 'md', 'ts', '7z', 'xz'].includes(endingOf(name)) || /^[a-z0-9]{2,4}$/.test(endingOf(name))).toBe(true);
    }));
  });
});

describe('the name in the question', () => {
  test('shows what would turn or hide text', () => {
    expect(shownName('/downloads/photo\u202egpj.exe')).toBe('photo<U+202E>gpj.exe');
    expect(shownName('a\nb\u200b.exe')).toBe('a<U+000A>b<U+200B>.exe');
  });

  test('keeps its ending when it is long, or spaced out', () => {
    expect(shownName(`${'x'.repeat(500)}.pdf.exe`)).toMatch(/^x{60}\.\.\.x+\.pdf\.exe$/);
    expect(shownName(`photo.jpg${' '.repeat(200)}.exe`)).toBe('photo.jpg ... .exe');
  });
});
