// Which new versions of the program are believed: the attacks on updates by name.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { releaseKeys } from '../../../main/core/release-keys.ts';
import { parsePublicKey } from '../../../main/package/minisign-public-key.ts';
import { signMessage } from '../../../main/package/minisign-signature.ts';
import { ProgramUpdates } from '../../../main/services/program-updates.ts';
import { describeRelease, makeReleaseKey, signRelease } from '../../support/release-signing.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const key = makeReleaseKey();
const day = 24 * 3600 * 1000;
const name = 'latest-linux.yml';
const release = (version: string, date?: string): Buffer => describeRelease(version, { [`Flashswarm-${version}.AppImage`]: Buffer.from(`the program ${version}`) }, date);
let dataDir = '';
let updates: ProgramUpdates;
const open = (version = '1.0.0', now?: () => number): ProgramUpdates => new ProgramUpdates({ releaseKeys: [key.publicKey], version, dataDir, ...(now && { now }) });
const verify = (bytes: Buffer, signature = signRelease(bytes, name, key), as = name) => updates.verify(as, bytes.toString('base64'), signature);

beforeEach(() => {
  dataDir = tempFolder('program-updates');
  updates = open();
});

describe('a new version', () => {
  test('is believed with a signature of the release key, with its files and their hashes', async () => {
    expect(await verify(release('1.1.0'))).toMatchObject({ version: '1.1.0', isNewer: true, isStale: false, files: [{ url: 'Flashswarm-1.1.0.AppImage', size: 17 }] });
  });

  test('is no news when it is the running one', async () => {
    expect(await verify(release('1.0.0'))).toMatchObject({ version: '1.0.0', isNewer: false });
  });

  test('is believed with either key while one follows the other', async () => {
    const next = makeReleaseKey();
    updates = new ProgramUpdates({ releaseKeys: [key.publicKey, next.publicKey], version: '1.0.0', dataDir });
    expect(await verify(release('1.1.0'))).toMatchObject({ version: '1.1.0' });
    const later = release('1.2.0');
    expect(await verify(later, signRelease(later, name, next))).toMatchObject({ version: '1.2.0' });
  });

  test('may be asked for again', async () => {
    await verify(release('1.1.0'));
    expect(await verify(release('1.1.0'))).toMatchObject({ version: '1.1.0', isNewer: true });
  });
});

describe('refused are', () => {
  const wrong = { code: 'bad-signature' };

  test('arbitrary installation: another key', async () => {
    const bytes = release('1.1.0');
    await expect(verify(bytes, signRelease(bytes, name, makeReleaseKey()))).rejects.toMatchObject({ code: 'wrong-key' });
  });

  test('arbitrary installation: another key under the id of ours', async () => {
    const bytes = release('1.1.0');
    const stranger = makeReleaseKey();
    const posing = { ...stranger, secret: { ...stranger.secret, keyId: key.secret.keyId } };
    await expect(verify(bytes, signRelease(bytes, name, posing))).rejects.toMatchObject(wrong);
  });

  test('a description that was changed in any one byte', async () => {
    const bytes = release('1.1.0');
    const signature = signRelease(bytes, name, key);
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = Buffer.from(bytes);
      changed[at]! ^= flip;
      await expect(verify(changed, signature)).rejects.toMatchObject(wrong);
    }), { numRuns: 60 });
  }, 30_000);

  test('a truncated description, a truncated signature, and none', async () => {
    const bytes = release('1.1.0');
    const signature = signRelease(bytes, name, key);
    await expect(verify(bytes.subarray(0, -1), signature)).rejects.toMatchObject(wrong);
    await expect(verify(bytes, signature.slice(0, -20))).rejects.toMatchObject(wrong);
    await expect(verify(bytes, '')).rejects.toMatchObject(wrong);
    await expect(verify(bytes, '<html>not found</html>')).rejects.toMatchObject(wrong);
  });

  test('mix and match: the signed description of another system or channel', async () => {
    const bytes = release('1.1.0');
    await expect(verify(bytes, signRelease(bytes, 'latest-mac.yml', key))).rejects.toMatchObject(wrong);
    await expect(verify(bytes, signRelease(bytes, name, key), 'latest.yml')).rejects.toMatchObject(wrong);
    await expect(verify(bytes, signRelease(bytes, 'beta-linux.yml', key))).rejects.toMatchObject(wrong);
  });

  test('a trusted comment that names the file twice, or no file, or no time', async () => {
    const bytes = release('1.1.0');
    for (const trusted of [`timestamp:1790000000\tfile:latest.yml\tfile:${name}\thashed`, 'timestamp:1790000000\thashed', `file:${name}\thashed`, `timestamp:soon\tfile:${name}`]) {
      await expect(verify(bytes, signMessage(bytes, key.secret, { trusted }))).rejects.toMatchObject(wrong);
    }
  });

  test('a trusted comment that was changed', async () => {
    const bytes = release('1.1.0');
    const signature = signRelease(bytes, 'latest-mac.yml', key).replace('latest-mac.yml', name);
    await expect(verify(bytes, signature)).rejects.toMatchObject(wrong);
  });

  test('rollback: a version before the running one', async () => {
    updates = open('2.0.0');
    await expect(verify(release('1.9.9'))).rejects.toMatchObject({ code: 'rollback' });
    await expect(verify(release('2.0.0-rc.1'))).rejects.toMatchObject({ code: 'rollback' });
  });

  test('replay: an older description after a newer one was believed, also after a restart', async () => {
    const [older, newer] = [release('1.1.0'), release('1.2.0')];
    await verify(older);
    await verify(newer);
    await expect(verify(older)).rejects.toMatchObject({ code: 'rollback' });
    updates = open();
    await expect(verify(older)).rejects.toMatchObject({ code: 'rollback' });
    expect(await verify(newer)).toMatchObject({ version: '1.2.0' });
  });

  test('replay: an earlier making of the same version', async () => {
    await verify(release('1.1.0', '2026-11-02T10:00:00.000Z'));
    await expect(verify(release('1.1.0', '2026-11-01T10:00:00.000Z'))).rejects.toMatchObject({ code: 'rollback' });
  });

  test('endless data, before it is looked at', async () => {
    await expect(verify(Buffer.alloc(257 * 1024, 'x'))).rejects.toMatchObject({ code: 'too-large' });
  });

  test('something else that the key signed', async () => {
    await expect(verify(Buffer.from('{"format": "evpack/1"}\n'))).rejects.toMatchObject({ code: 'inconsistent' });
  });

  test('everything, as long as the compiled-in key is the placeholder', async () => {
    expect(releaseKeys.length).toBeGreaterThan(0);
    expect(() => releaseKeys.map(parsePublicKey)).not.toThrow();
    const bytes = release('1.1.0');
    const real = new ProgramUpdates({ releaseKeys, version: '1.0.0', dataDir });
    await expect(real.verify(name, bytes.toString('base64'), signRelease(bytes, name, key))).rejects.toMatchObject({ code: 'wrong-key' });
  });
});

describe('indefinite freeze', () => {
  test('an old word about the running version is told as such, and a new signature ends it', async () => {
    const now = Date.parse('2026-11-21T00:00:00Z');
    updates = open('1.0.0', () => now);
    const bytes = release('1.0.0');
    expect(await verify(bytes, signRelease(bytes, name, key, now - 91 * day))).toMatchObject({ isNewer: false, isStale: true });
    expect(await verify(bytes, signRelease(bytes, name, key, now - day))).toMatchObject({ isNewer: false, isStale: false });
  });

  test('a newer version is taken however long ago it was signed', async () => {
    const bytes = release('1.1.0');
    expect(await verify(bytes, signRelease(bytes, name, key, Date.now() - 400 * day))).toMatchObject({ isNewer: true, isStale: false });
  });
});

test('nothing that was refused moves the mark', async () => {
  const bytes = release('9.0.0');
  await expect(verify(bytes, signRelease(bytes, name, makeReleaseKey()))).rejects.toThrow();
  expect(await verify(release('1.1.0'))).toMatchObject({ version: '1.1.0' });
  expect(JSON.parse(readFileSync(path.join(dataDir, 'program-updates.json'), 'utf8'))).toMatchObject({ version: '1.1.0' });
});

test('a damaged mark does not stop updates: the running version still holds the floor', async () => {
  writeFileSync(path.join(dataDir, 'program-updates.json'), '{"version": "x"');
  expect(await verify(release('1.1.0'))).toMatchObject({ version: '1.1.0' });
  await expect(verify(release('0.9.0'))).rejects.toMatchObject({ code: 'rollback' });
});
