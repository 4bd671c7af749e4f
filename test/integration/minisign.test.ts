// Keys and signatures against the real stock tools, in both directions: minisign, OpenSSL and OpenBSD's signify as Debian ships them.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomKeyPair, signEd25519, verifyEd25519 } from '../../main/package/ed25519.ts';
import { importPublicKey, importSecretKey } from '../../main/package/imported-key.ts';
import { parsePublicKey, publicKeyFile } from '../../main/package/minisign-public-key.ts';
import { encode, encodeSecretKey, isEncrypted, parseSecretKey } from '../../main/package/minisign-secret-key.ts';
import type { SecretKey } from '../../main/package/minisign-secret-key.ts';
import { parseSignature, signatureHolds, signMessage } from '../../main/package/minisign-signature.ts';
import { leaveNothingBehind, startProgram, temporaryFolder } from '../support/processes.ts';

leaveNothingBehind();

const password = 'pässword 1';
const manifest = Buffer.from('{"format":"evpack/1","package":{"title":"Grüße"}}\n');

/** Runs a tool in `folder`, answering its questions with `answers`; these tools read a password from stdin where there is no terminal. */
async function tool(folder: string, command: string, args: string[], answers: string[] = []): Promise<{ code: number | null; said: string }> {
  const program = await startProgram(command, command, args, { cwd: folder, stdin: answers.length > 0 });
  for (const answer of answers) program.write(answer);
  const { code } = await program.exited;
  return { code, said: program.stdout + program.stderr };
}

/** @throws with what the tool said when it did not succeed */
async function succeed(folder: string, command: string, args: string[], answers: string[] = []): Promise<string> {
  const { code, said } = await tool(folder, command, args, answers);
  expect({ code, said }).toMatchObject({ code: 0 });
  return said;
}

function folderWithManifest(): { folder: string; put: (name: string, content: string | Uint8Array) => void; get: (name: string) => string } {
  const folder = temporaryFolder('keys');
  const put = (name: string, content: string | Uint8Array) => writeFileSync(path.join(folder, name), content);
  put('manifest.json', manifest);
  return { folder, put, get: (name) => readFileSync(path.join(folder, name), 'utf8') };
}

const newKey = (): SecretKey => ({ keyId: new Uint8Array([9, 8, 7, 6, 5, 4, 3, 2]), ...randomKeyPair() });
const publicOf = (key: SecretKey) => publicKeyFile({ keyId: key.keyId, key: key.publicKey, comment: '' });

describe('what was signed here', () => {
  it('is verified by stock minisign, and by it refused when the manifest or the trusted comment was changed', async () => {
    const { folder, put } = folderWithManifest();
    const key = newKey();
    const signature = signMessage(manifest, key, { trusted: 'key=abc\ttimestamp:1 ü' });
    put('k.pub', publicOf(key));
    put('manifest.json.minisig', signature);
    const said = await succeed(folder, 'minisign', ['-Vm', 'manifest.json', '-p', 'k.pub']);
    expect(said).toContain('Trusted comment: key=abc\ttimestamp:1 ü');
    await succeed(folder, 'minisign', ['-VHm', 'manifest.json', '-p', 'k.pub']);
    put('manifest.json.minisig', signature.replace('timestamp:1', 'timestamp:2'));
    expect((await tool(folder, 'minisign', ['-Vm', 'manifest.json', '-p', 'k.pub'])).code).not.toBe(0);
    put('manifest.json.minisig', signature);
    put('manifest.json', Buffer.concat([manifest, Buffer.from(' ')]));
    expect((await tool(folder, 'minisign', ['-Vm', 'manifest.json', '-p', 'k.pub'])).code).not.toBe(0);
  });

  it('is verified with comments as long as minisign reads them', async () => {
    const { folder, put } = folderWithManifest();
    const key = newKey();
    put('k.pub', publicOf(key));
    put('manifest.json.minisig', signMessage(manifest, key, { untrusted: 'u'.repeat(1022 - 19), trusted: 't'.repeat(8190 - 17) }));
    await succeed(folder, 'minisign', ['-Vqm', 'manifest.json', '-p', 'k.pub']);
  });
});

describe('what stock minisign signed', () => {
  it.each([['prehashed', 'ED', []], ['of the older kind', 'Ed', ['-l']]] as const)('holds here, %s, and so does what was put together to a package', async (_, algorithm, options) => {
    const { folder, get } = folderWithManifest();
    await succeed(folder, 'minisign', ['-GW', '-p', 'k.pub', '-s', 'k.key']);
    await succeed(folder, 'minisign', ['-S', ...options, '-W', '-m', 'manifest.json', '-s', 'k.key', '-c', 'from me', '-t', 'key=x\tü']);
    const key = parsePublicKey(get('k.pub'));
    const whole = get('manifest.json.minisig') + get('manifest.json');
    const box = parseSignature(whole.split('\n').slice(0, 4).join('\n'));
    expect(box).toMatchObject({ algorithm, keyId: key.keyId, untrustedComment: 'from me', trustedComment: 'key=x\tü' });
    expect(signatureHolds(box, Buffer.from(whole.split('\n').slice(4).join('\n')), key.key)).toBe(true);
    expect(signatureHolds(box, Buffer.concat([manifest, Buffer.from(' ')]), key.key)).toBe(false);
    expect(signatureHolds({ ...box, trustedComment: 'key=y\tü' }, manifest, key.key)).toBe(false);
  });
});

describe('secret keys', () => {
  it('of stock minisign without a password are read', async () => {
    const { folder, get } = folderWithManifest();
    await succeed(folder, 'minisign', ['-GW', '-p', 'k.pub', '-s', 'k.key']);
    expect(isEncrypted(get('k.key'))).toBe(false);
    const key = await parseSecretKey(get('k.key'), null);
    expect(parsePublicKey(get('k.pub'))).toMatchObject({ keyId: key.keyId, key: key.publicKey });
    // Stock minisign writes the number of a key in its comment without leading zeros.
    const plain = (text: string): string => text.replace(/(public key )0*/, '$1');
    expect(plain(publicKeyFile({ ...parsePublicKey(get('k.pub')), comment: '' }))).toBe(plain(get('k.pub')));
  });

  // The one test that pays what minisign asks for (1 GiB and some seconds), twice: once there, once here.
  it('of stock minisign under a password are read with it', async () => {
    const { folder, get } = folderWithManifest();
    await succeed(folder, 'minisign', ['-G', '-p', 'k.pub', '-s', 'k.key'], [password, password]);
    expect(isEncrypted(get('k.key'))).toBe(true);
    const key = await parseSecretKey(get('k.key'), password);
    expect(parsePublicKey(get('k.pub'))).toMatchObject({ keyId: key.keyId, key: key.publicKey });
    expect(verifyEd25519(signEd25519(manifest, key.secretKey), manifest, parsePublicKey(get('k.pub')).key)).toBe(true);
  });

  it('that are written here without a password sign with stock minisign', async () => {
    const { folder, put, get } = folderWithManifest();
    const key = newKey();
    put('k.key', await encodeSecretKey(key, null));
    put('k.pub', publicOf(key));
    await succeed(folder, 'minisign', ['-Sm', 'manifest.json', '-s', 'k.key']);
    await succeed(folder, 'minisign', ['-Vm', 'manifest.json', '-p', 'k.pub']);
    expect(signatureHolds(parseSignature(get('manifest.json.minisig')), manifest, key.publicKey)).toBe(true);
    await succeed(folder, 'minisign', ['-R', '-s', 'k.key', '-p', 'again.pub']);
    expect(get('again.pub').split('\n')[1]).toBe(get('k.pub').split('\n')[1]);
  });

  it.each([
    ['memory decides', 2 ** 21, 2 ** 24], ['work decides', 2 ** 17, 2 ** 26],
  ] as const)('that are written here under a password sign with stock minisign, and with no other password (%s)', async (_, operations, memory) => {
    const { folder, put, get } = folderWithManifest();
    const key = newKey();
    put('k.key', await encode(key, password, operations, memory));
    await succeed(folder, 'minisign', ['-Sm', 'manifest.json', '-s', 'k.key'], [password]);
    expect(signatureHolds(parseSignature(get('manifest.json.minisig')), manifest, key.publicKey)).toBe(true);
    expect((await tool(folder, 'minisign', ['-Sm', 'manifest.json', '-s', 'k.key'], ['pässword 2'])).code).not.toBe(0);
    expect(await parseSecretKey(get('k.key'), password)).toEqual(key);
  });
});

describe('keys of signify', () => {
  it.each([['without a password', null], ['under a password', 'geheim 1']] as const)('are converted, %s: signatures made here verify with its public key', async (_, secret) => {
    const { folder, put, get } = folderWithManifest();
    await succeed(folder, 'signify-openbsd', ['-G', ...(secret === null ? ['-n'] : []), '-p', 'k.pub', '-s', 'k.sec'], secret === null ? [] : [secret, secret]);
    const key = await importSecretKey(Buffer.from(get('k.sec')), secret);
    const publicKey = importPublicKey(Buffer.from(get('k.pub')));
    expect(publicKey).toEqual({ keyId: key.keyId, key: key.publicKey, comment: 'signify public key' });
    if (secret !== null) await expect(importSecretKey(Buffer.from(get('k.sec')), 'geheim 2')).rejects.toMatchObject({ code: 'bad-password' });

    // minisign reads signify's public key as it is
    put('manifest.json.minisig', signMessage(manifest, key, { trusted: 'x' }));
    await succeed(folder, 'minisign', ['-Vm', 'manifest.json', '-p', 'k.pub']);
    put('k.key', await encodeSecretKey(key, null));
    await succeed(folder, 'minisign', ['-Sm', 'manifest.json', '-s', 'k.key']);
    await succeed(folder, 'minisign', ['-Vm', 'manifest.json', '-p', 'k.pub']);

    // and the plain signatures underneath are the same for both
    await succeed(folder, 'signify-openbsd', ['-S', '-m', 'manifest.json', '-s', 'k.sec', '-x', 'm.sig'], secret === null ? [] : [secret]);
    const theirs = Buffer.from(get('m.sig').split('\n')[1]!, 'base64');
    expect(verifyEd25519(theirs.subarray(10), manifest, publicKey.key)).toBe(true);
    const ours = Buffer.concat([theirs.subarray(0, 10), signEd25519(manifest, key.secretKey)]);
    put('ours.sig', `untrusted comment: x\n${ours.toString('base64')}\n`);
    await succeed(folder, 'signify-openbsd', ['-V', '-m', 'manifest.json', '-p', 'k.pub', '-x', 'ours.sig']);
  });
});

describe('keys of OpenSSL', () => {
  it('are converted, with every encryption that it writes today', async () => {
    const { folder, put, get } = folderWithManifest();
    await succeed(folder, 'openssl', ['genpkey', '-algorithm', 'ed25519', '-out', 'k.pem']);
    await succeed(folder, 'openssl', ['pkey', '-in', 'k.pem', '-pubout', '-out', 'k.pub.pem']);
    const key = await importSecretKey(Buffer.from(get('k.pem')), null);
    expect(importPublicKey(Buffer.from(get('k.pub.pem')))).toEqual({ keyId: key.keyId, key: key.publicKey, comment: '' });
    const ways = [['-outform', 'PEM'], ['-outform', 'DER'], ['-scrypt'], ['-v2', 'aes-128-cbc', '-v2prf', 'hmacWithSHA512'], ['-iter', '300000'], ['-outform', 'DER', '-nocrypt']];
    for (const way of ways) {
      await succeed(folder, 'openssl', ['pkcs8', '-topk8', '-in', 'k.pem', '-out', 'e', '-passout', `pass:${password}`, ...way]);
      const bytes = readFileSync(path.join(folder, 'e'));
      expect(await importSecretKey(bytes, password)).toEqual(key);
      if (!way.includes('-nocrypt')) await expect(importSecretKey(bytes, 'wrong')).rejects.toMatchObject({ code: 'bad-password' });
    }

    put('manifest.json.minisig', signMessage(manifest, key, { trusted: 'x' }));
    put('k.pub', publicOf(key));
    await succeed(folder, 'minisign', ['-Vm', 'manifest.json', '-p', 'k.pub']);
    put('ours.sig', signEd25519(manifest, key.secretKey));
    await succeed(folder, 'openssl', ['pkeyutl', '-verify', '-rawin', '-in', 'manifest.json', '-pubin', '-inkey', 'k.pub.pem', '-sigfile', 'ours.sig']);
    await succeed(folder, 'openssl', ['pkeyutl', '-sign', '-rawin', '-in', 'manifest.json', '-inkey', 'k.pem', '-out', 'theirs.sig']);
    expect(verifyEd25519(readFileSync(path.join(folder, 'theirs.sig')), manifest, key.publicKey)).toBe(true);
  });

  it('are refused with the reason when they are of another kind, encrypted in an old way, or made to stall the program', async () => {
    const { folder, get } = folderWithManifest();
    await succeed(folder, 'openssl', ['genpkey', '-algorithm', 'ed25519', '-out', 'k.pem']);
    await succeed(folder, 'openssl', ['genpkey', '-algorithm', 'ed448', '-out', 'other.pem']);
    await expect(importSecretKey(Buffer.from(get('other.pem')), null)).rejects.toMatchObject({ code: 'bad-key', message: expect.stringContaining('another kind (ed448)') });
    for (const [way, reason] of [
      [['-v1', 'PBE-SHA1-3DES'], 'too old'], [['-iter', '2000001'], 'far more work'], [['-scrypt', '-scrypt_N', '16384', '-scrypt_r', '8', '-scrypt_p', '17'], 'far more work'],
    ] as const) {
      await succeed(folder, 'openssl', ['pkcs8', '-topk8', '-in', 'k.pem', '-out', 'e.pem', '-passout', 'pass:a', ...way]);
      await expect(importSecretKey(Buffer.from(get('e.pem')), 'a')).rejects.toMatchObject({ code: 'bad-key', message: expect.stringContaining(reason) });
    }
  });
});
