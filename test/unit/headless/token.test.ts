// The secret of the headless host.
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadToken, sameSecret } from '../../../main/headless/token.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('the token', () => {
  it('is made once, of 256 bits, for the eyes of its owner', async () => {
    const folder = join(tempFolder(), 'data');
    const token = await loadToken(folder);
    expect(Buffer.from(token, 'base64url').length).toBe(32);
    expect(statSync(join(folder, 'access-token')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(await loadToken(folder)).toBe(token);
    expect(readdirSync(folder)).toEqual(['access-token']);
    expect(await loadToken(join(tempFolder(), 'other'))).not.toBe(token);
  });

  it('is closed again when somebody opened its file, and made anew when it is damaged', async () => {
    const folder = tempFolder();
    const token = await loadToken(folder);
    chmodSync(join(folder, 'access-token'), 0o644);
    expect(await loadToken(folder)).toBe(token);
    expect(statSync(join(folder, 'access-token')).mode & 0o777).toBe(0o600);
    writeFileSync(join(folder, 'access-token'), 'short');
    expect((await loadToken(folder)).length).toBe(43);
  });

  it('comes from the operator\'s file, which is never overwritten', async () => {
    const file = join(tempFolder(), 'secret');
    writeFileSync(file, 'too short\n');
    await expect(loadToken('/nowhere', file)).rejects.toThrow(/32 to 256/);
    expect(readFileSync(file, 'utf8')).toBe('too short\n');
    writeFileSync(file, `${'a'.repeat(40)}\n`);
    expect(await loadToken('/nowhere', file)).toBe('a'.repeat(40));
  });

  it('is compared as a whole', () => {
    expect(sameSecret('abc', 'abc')).toBe(true);
    expect(sameSecret('abd', 'abc')).toBe(false);
    expect(sameSecret('', 'abc')).toBe(false);
    expect(sameSecret('abcabc', 'abc')).toBe(false);
  });
});
