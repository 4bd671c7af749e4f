// What `--trust` names.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namesPublisher, readTrustOption } from '../../../main/cli/trust-option.ts';
import { fingerprint, formatFingerprint } from '../../../main/package/fingerprint.ts';
import { publicKeyText, testSecretKey } from '../../support/make-evpack.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const key = testSecretKey(1);
const { hex, words } = fingerprint(key.publicKey);
const ours = { fingerprint: hex, words };
const other = fingerprint(testSecretKey(2).publicKey);
const theirs = { fingerprint: other.hex, words: other.words };

describe('--trust', () => {
  it('takes the fingerprint as people copy it: digits or words, with whatever between them', async () => {
    for (const text of [hex, hex.toUpperCase(), formatFingerprint(hex), words.join(' '), words.join('-')]) {
      const option = await readTrustOption(text);
      expect(option.kind, text).toBe('fingerprint');
      expect([namesPublisher(option, ours), namesPublisher(option, theirs)], text).toEqual([true, false]);
    }
  });

  it('takes a key file', async () => {
    const file = join(tempFolder(), 'key.pub');
    writeFileSync(file, `untrusted comment: minisign public key\n${publicKeyText(key)}\n`);
    const option = await readTrustOption(file);
    expect(option).toMatchObject({ kind: 'file', print: hex });
    expect([namesPublisher(option, ours), namesPublisher(option, theirs)]).toEqual([true, false]);
  });

  it('never takes a part of a fingerprint, which anybody can imitate, nor what is no key', async () => {
    await expect(readTrustOption(hex.slice(0, 16))).rejects.toThrow(/whole fingerprint/);
    await expect(readTrustOption(`${hex}0`)).rejects.toThrow(/whole fingerprint/);
    await expect(readTrustOption(words.slice(0, 11).join(' '))).rejects.toMatchObject({ code: 'not-found' });
    const file = join(tempFolder(), 'key.pub');
    writeFileSync(file, 'no key');
    await expect(readTrustOption(file)).rejects.toMatchObject({ code: 'bad-key' });
  });
});
