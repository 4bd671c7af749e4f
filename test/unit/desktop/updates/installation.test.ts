// Which copies of the program replace themselves, and where new ones are looked for.
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { UpdateMetadataName } from '../../../../contract/index.ts';
import { feedAddress, feedOf } from '../../../../main/desktop/updates/feed.ts';
import { installationOf, metadataName } from '../../../../main/desktop/updates/installation.ts';
import { pickFile } from '../../../../main/desktop/updates/installer.ts';

describe('installationOf', () => {
  test.each([
    ['linux', '/home/me/Flashswarm.AppImage', false, 'app-image'],
    ['linux', undefined, false, 'by-hand'], // deb, tar.gz: never with the rights of an administrator
    ['linux', 'Flashswarm.AppImage', false, 'by-hand'],
    ['win32', undefined, true, 'windows-installer'],
    ['win32', undefined, false, 'by-hand'], // from the zip
    ['darwin', undefined, false, 'mac-app'],
    ['freebsd', '/x.AppImage', true, 'by-hand'],
  ] as const)('on %s with APPIMAGE=%s and uninstaller=%s: %s', (platform, appImage, uninstaller, expected) => {
    expect(installationOf(platform, appImage, uninstaller)).toBe(expected);
  });
});

test('each system asks for a description of its own, by a name that the contract takes', () => {
  const names = ([['linux', 'x64'], ['linux', 'arm64'], ['linux', 'arm'], ['darwin', 'arm64'], ['win32', 'x64']] as const).map(([platform, arch]) => metadataName(platform, arch));
  expect(names).toEqual(['latest-linux.yml', 'latest-linux-arm64.yml', 'latest-linux-arm.yml', 'latest-mac.yml', 'latest.yml']);
  for (const name of names) expect(UpdateMetadataName.safeParse(name).success).toBe(true);
});

describe('feedOf', () => {
  test('a folder on https is one, with or without its slash', () => {
    expect(feedOf('https://example.org/updates')?.href).toBe('https://example.org/updates/');
    expect(feedOf('https://example.org/updates/')?.href).toBe('https://example.org/updates/');
  });

  test.each(['https://updates.flashswarm.invalid/', 'https://invalid/', 'http://example.org/', 'file:///etc/', 'https://me:secret@example.org/', 'https://example.org/?x', '', 'x'])('%s is none: updates are off', (address) => {
    expect(feedOf(address)).toBeNull();
  });

  test('the packages are described for the address that the program asks, or for none while there is none', () => {
    const { publish } = load(readFileSync(new URL('../../../../electron-builder.yml', import.meta.url), 'utf8')) as { publish: { provider: string; url: string } | null };
    const feed = feedOf(feedAddress);
    if (feed === null && publish === null) return;
    expect(publish).toMatchObject({ provider: 'generic' });
    expect(new URL(publish!.url).href.replace(/\/$/, '')).toBe(new URL(feedAddress).href.replace(/\/$/, ''));
  });
});

describe('pickFile', () => {
  const update = (...urls: string[]) => ({ version: '1.1.0', releasedAt: 0, signedAt: 0, isNewer: true, isStale: false, files: urls.map((url) => ({ url, sha512: url, size: 1 })) });

  test.each([
    ['app-image', 'x64', ['f.deb', 'f.AppImage'], 'f.AppImage'],
    ['app-image', 'arm64', ['f-x64.AppImage', 'f-arm64.AppImage'], 'f-arm64.AppImage'],
    ['windows-installer', 'x64', ['f.zip', 'f Setup.exe'], 'f Setup.exe'],
    ['mac-app', 'arm64', ['f.dmg', 'f.zip', 'f-arm64.zip'], 'f-arm64.zip'],
    ['mac-app', 'x64', ['f-arm64.zip', 'f.zip'], 'f.zip'],
    ['app-image', 'x64', ['f.deb'], null],
  ] as const)('%s on %s, of %j: %s', (installation, arch, urls, expected) => {
    expect(pickFile(update(...urls), installation, arch)?.url ?? null).toBe(expected);
  });
});
