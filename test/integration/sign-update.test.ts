// What a release engineer signs is what the program believes: with our own command, and with stock minisign.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeSecretKey } from '../../main/package/minisign-secret-key.ts';
import { ProgramUpdates } from '../../main/services/program-updates.ts';
import { signUpdateFiles } from '../../scripts/sign-update-files.ts';
import { describeRelease, makeReleaseKey } from '../support/release-signing.ts';
import { tempFolder } from '../support/temp-folder.ts';

const key = makeReleaseKey();
const options = { secret: key.secret, releaseKeys: [key.publicKey] };
const image = Buffer.from('the program');
let folder = '';
const put = (name: string, bytes: Uint8Array | string): void => writeFileSync(path.join(folder, name), bytes);
const believes = (name: string, releaseKey = key.publicKey) => new ProgramUpdates({ releaseKeys: [releaseKey], version: '1.0.0', dataDir: tempFolder('believes') })
  .verify(name, readFileSync(path.join(folder, name)).toString('base64'), readFileSync(path.join(folder, `${name}.minisig`), 'utf8'));

beforeEach(() => {
  folder = tempFolder('release');
  put('Flashswarm-1.1.0.AppImage', image);
  put('latest-linux.yml', describeRelease('1.1.0', { 'Flashswarm-1.1.0.AppImage': image }));
});

describe('signing a release', () => {
  test('signs the description of each system for that system', async () => {
    put('Flashswarm-1.1.0.zip', image);
    put('latest-mac.yml', describeRelease('1.1.0', { 'Flashswarm-1.1.0.zip': image }));
    put('builder-debug.yml', 'x: y\n');
    expect((await signUpdateFiles(folder, options)).map((file) => path.basename(file))).toEqual(['latest-linux.yml.minisig', 'latest-mac.yml.minisig']);
    expect(await believes('latest-linux.yml')).toMatchObject({ version: '1.1.0', isNewer: true });
    expect(await believes('latest-mac.yml')).toMatchObject({ version: '1.1.0', isNewer: true });
  });

  test('signs again without the packages, so that the word stays fresh', async () => {
    const now = Date.now() - 1000 * 24 * 3600 * 1000;
    await signUpdateFiles(folder, { ...options, now });
    put('Flashswarm-1.1.0.AppImage', 'gone');
    await signUpdateFiles(folder, { ...options, again: true });
    expect((await believes('latest-linux.yml')).signedAt).toBeGreaterThan(now);
  });

  test.each([
    ['a package that is not the described one', () => put('Flashswarm-1.1.0.AppImage', 'another one'), /is not the file that latest-linux.yml describes/],
    ['a package that is missing', () => put('latest-linux.yml', describeRelease('1.1.0', { 'Other.AppImage': image })), /which is not in/],
    ['a description that the program would refuse', () => put('latest-linux.yml', 'version: 1.1.0\nstagingPercentage: 10\n'), /not in the form/],
  ])('refuses %s, and leaves nothing behind', async (_, spoil, sentence) => {
    spoil();
    await expect(signUpdateFiles(folder, options)).rejects.toThrow(sentence);
    expect(readdirSync(folder).filter((name) => name.endsWith('.minisig'))).toEqual([]);
  });

  test('refuses a key that the program does not know', async () => {
    await expect(signUpdateFiles(folder, { ...options, secret: makeReleaseKey().secret })).rejects.toThrow(/not the release key/);
  });

  test('says where to begin when there is nothing to sign', async () => {
    await expect(signUpdateFiles(tempFolder('empty'), options)).rejects.toThrow(/docs\/releasing.md/);
  });

  test('by the command: a stranger to this build is refused in a sentence', async () => {
    put('key', await encodeSecretKey(key.secret, null));
    const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('../../scripts/sign-update.mjs', import.meta.url)), folder, path.join(folder, 'key')], { encoding: 'utf8' });
    expect(stderr).toMatch(/not the release key/);
    expect(status).toBe(1);
  });
});

const minisign = ['/usr/bin/minisign', '/usr/local/bin/minisign', '/opt/homebrew/bin/minisign'].find(existsSync);

describe.skipIf(!minisign)('with stock minisign (skipped where it is not installed)', () => {
  const run = (...args: string[]): void => {
    const { status, stderr } = spawnSync(minisign!, args, { cwd: folder, encoding: 'utf8', input: '\n\n' });
    if (status !== 0) throw new Error(stderr);
  };

  test('its signature of the file is believed without any option, and it agrees with ours', async () => {
    run('-G', '-W', '-f', '-p', 'release.pub', '-s', 'release.key');
    const publicKey = readFileSync(path.join(folder, 'release.pub'), 'utf8').split('\n')[1]!;
    run('-S', '-s', 'release.key', '-m', 'latest-linux.yml');
    expect(await believes('latest-linux.yml', publicKey)).toMatchObject({ version: '1.1.0' });

    await signUpdateFiles(folder, options);
    run('-V', '-P', key.publicKey, '-m', 'latest-linux.yml');
  });
});
