// Statements about keys: made, read, and refused as a whole when one does not hold.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeRevocation, makeSuccession, parseStatements } from '../../../main/package/key-statement.ts';
import { signMessage } from '../../../main/package/minisign-signature.ts';
import { PackageError } from '../../../main/package/package-error.ts';
import { publicKeyText, testSecretKey } from '../../support/make-evpack.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const [old, next] = [testSecretKey(1), testSecretKey(2)];
const nextPublic = { keyId: next.keyId, key: next.publicKey };
const issuedAt = Date.UTC(2026, 4, 1, 12);
const succession = makeSuccession(old, nextPublic, { issuedAt, versionMarks: { 'com.example.game': 0 } });
const revocation = makeRevocation(next, { issuedAt, reason: 'The laptop was stolen' });

function refusal(read: () => unknown): PackageError {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(PackageError);
    expect((error as PackageError).message).toMatch(/^[A-Z].*\.$/s);
    return error as PackageError;
  }
  throw new Error('It was accepted.');
}

/** A statement validly signed by `old` that says something else than it should. */
function said(change: Record<string, unknown>, secret = old): string {
  const body = { format: 'evpack-key/1', type: 'succession', key: publicKeyText(old), newKey: publicKeyText(next), issued: '2026-01-01T00:00:00Z', ...change };
  const line = `${JSON.stringify(body)}\n`;
  return signMessage(Buffer.from(line), secret, { trusted: `key=${publicKeyText(secret)}` }) + line;
}

describe('statements about keys', () => {
  test('read back as they were made, one after the other, each with its own text', () => {
    expect(parseStatements(succession + revocation)).toEqual([
      { type: 'succession', key: old.publicKey, newKey: next.publicKey, issuedAt, versionMarks: { 'com.example.game': 0 }, text: succession },
      { type: 'revocation', key: next.publicKey, issuedAt, reason: 'The laptop was stolen', text: revocation },
    ]);
    expect(parseStatements('')).toEqual([]);
    expect(parseStatements(makeRevocation(old, { issuedAt }))).toMatchObject([{ reason: null }]);
  });

  test('are five lines each, in either kind of line end, with or without the last one', () => {
    expect(succession.split('\n')).toHaveLength(6);
    expect(parseStatements(succession.trimEnd())).toHaveLength(1);
    expect(parseStatements((succession + revocation).replaceAll('\n', '\r\n')).map(({ text }) => text)).toEqual([succession, revocation]);
  });

  test('agree with stock minisign when taken apart with head and tail', () => {
    const minisign = ['/usr/bin/minisign', '/usr/local/bin/minisign'].find((file) => existsSync(file));
    if (!minisign) return console.warn('Not compared with stock minisign: it is not installed here.');
    const folder = tempFolder();
    writeFileSync(path.join(folder, 's'), succession.split('\n').slice(4).join('\n'));
    writeFileSync(path.join(folder, 's.minisig'), `${succession.split('\n').slice(0, 4).join('\n')}\n`);
    execFileSync(minisign, ['-V', '-P', publicKeyText(old), '-m', path.join(folder, 's')]);
  });

  test.each<[string, PackageError['code'], string, () => string]>([
    ['a changed word', 'bad-signature', 'statements[1]', () => succession + revocation.replace('stolen', 'stOlen')],
    ['a line too few', 'not-a-package', 'statements[1]', () => succession + revocation.split('\n').slice(1).join('\n')],
    ['an empty line between', 'not-a-package', 'statements[2]', () => `${succession}\n${revocation}`],
    ['a statement by a stranger over an old key', 'bad-signature', 'statements[0]', () => said({}, next)],
    ['no key to check it with', 'key-needed', 'statements[0]', () => `${signMessage(Buffer.from('{}\n'), old, { trusted: 'x' })}{}\n`],
    ['a successor that is the same key', 'bad-key', 'statements[0]', () => said({ newKey: publicKeyText({ ...old, keyId: next.keyId }) })],
    ['a successor of small order', 'bad-key', 'statements[0]', () => said({ newKey: publicKeyText({ ...next, publicKey: Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0)) }) })],
    ['a successor that is no key', 'bad-key', 'statements[0]', () => said({ newKey: 'RWQ' })],
    ['another format', 'bad-package', 'statements[0]', () => said({ format: 'evpack-key/2' })],
    ['another type', 'bad-package', 'statements[0]', () => said({ type: 'promise' })],
    ['a time that is none', 'bad-package', 'statements[0]', () => said({ issued: 'yesterday' })],
    ['a mark below nothing', 'bad-package', 'statements[0]', () => said({ versionMarks: { 'com.example.game': -1 } })],
    ['a mark for no package', 'bad-package', 'statements[0]', () => said({ versionMarks: { game: 1 } })],
    ['a reason that turns text around', 'bad-package', 'statements[0]', () => said({ type: 'revocation', reason: '\u202eok' })],
    ['101 statements', 'too-large', 'size', () => succession.repeat(101)],
    ['256 KiB', 'too-large', 'size', () => 'x'.repeat(256 * 1024 + 1)],
  ])('are refused as a whole for %s', (_, code, where, text) => {
    expect(refusal(() => parseStatements(text()))).toMatchObject({ code, where });
  });

  test('are never made when nobody could take them', () => {
    expect(refusal(() => makeSuccession(old, { keyId: next.keyId, key: old.publicKey }, { issuedAt })).code).toBe('bad-key');
    expect(refusal(() => makeSuccession(old, { keyId: next.keyId, key: new Uint8Array(32) }, { issuedAt })).code).toBe('bad-key');
    expect(refusal(() => makeRevocation(old, { issuedAt, reason: 'a\nb' })).code).toBe('bad-package');
  });
});
