// What people are told when they open a package, good or bad.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signEd25519 } from '../../../main/package/ed25519.ts';
import { makeRevocation, makeSuccession } from '../../../main/package/key-statement.ts';
import { openPackage, readHeader, trustedCommentFor } from '../../../main/package/open-package.ts';
import type { OpenPackageOptions } from '../../../main/package/open-package.ts';
import { PackageError } from '../../../main/package/package-error.ts';
import { makeEvpack, publicKeyText, signManifest, testSecretKey } from '../../support/make-evpack.ts';
import type { EvpackInput } from '../../support/make-evpack.ts';

const plain: EvpackInput = { layers: [{ id: 'core', files: { 'game/a.bin': new Uint8Array(20_000).fill(7), 'game/b.txt': 'hello', 'empty.txt': '' } }, { id: 'extras', requires: ['core'], files: { 'c.bin': new Uint8Array(40_000) } }] };
const made = makeEvpack(plain);
const text = Buffer.from(made.bytes).toString();
const lines = text.split('\n').slice(0, 4);

function refusal(bytes: Uint8Array | string, options?: OpenPackageOptions): PackageError {
  try {
    openPackage(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, options);
  } catch (error) {
    expect(error).toBeInstanceOf(PackageError);
    expect((error as PackageError).message).toMatch(/^[A-Z].*\.$/s);
    return error as PackageError;
  }
  throw new Error('The package was accepted.');
}

describe('a package that is in order', () => {
  test('opens with its manifest, torrents, folder, key, times and digest', () => {
    const full = makeEvpack({ ...plain, manifest: { expires: '2027-01-01T00:00:00Z', event: { startsAt: '2026-02-01T20:00:00+02:00' } } });
    const opened = openPackage(full.bytes);
    expect(opened).toMatchObject({
      folderName: 'event', keySource: 'embedded', key: full.secret.publicKey, statements: [],
      issuedAt: Date.UTC(2026, 0, 1), expiresAt: Date.UTC(2027, 0, 1), startsAt: Date.UTC(2026, 1, 1, 18),
      digest: createHash('sha256').update(full.manifestBytes).digest('hex'),
    });
    expect(opened.manifest).toEqual(full.manifest);
    expect(opened.layers.map(({ layer, metainfo }) => [layer.id, metainfo.infoHash])).toEqual(full.layers.map(({ id, metainfo }) => [id, metainfo.infoHash]));
  });

  test('opens with a key that the caller knows when it carries none', () => {
    const bare = makeEvpack({ ...plain, withKey: false });
    expect(openPackage(bare.bytes, { key: bare.secret.publicKey }).keySource).toBe('given');
    const stranger = testSecretKey(2);
    const knownKeys = [
      { keyId: stranger.keyId, key: stranger.publicKey },
      { keyId: bare.secret.keyId, key: stranger.publicKey }, // the same id by chance or malice
      { keyId: bare.secret.keyId, key: bare.secret.publicKey },
    ];
    expect(openPackage(bare.bytes, { knownKeys }).key).toEqual(bare.secret.publicKey);
    expect(openPackage(made.bytes, { key: made.secret.publicKey }).keySource).toBe('embedded');
  });

  test('opens with the older kind of signature, over the bytes themselves', () => {
    const { secret, manifestBytes } = made;
    const trusted = `key=${publicKeyText(secret)}`;
    const signature = signEd25519(manifestBytes, secret.secretKey);
    const global = signEd25519(Buffer.concat([signature, Buffer.from(trusted)]), secret.secretKey);
    const box = Buffer.concat([Buffer.from('Ed'), secret.keyId, signature]).toString('base64');
    const legacy = Buffer.concat([Buffer.from(`untrusted comment: old\n${box}\ntrusted comment: ${trusted}\n${Buffer.from(global).toString('base64')}\n`), manifestBytes]);
    expect(openPackage(legacy).manifest.package.id).toBe('com.example.event');
  });

  test('opens with fields that this client does not know, and leaves them out', () => {
    const strange = makeEvpack({ ...plain, change: (manifest) => Object.assign(manifest, { mascot: 'fox' }, { package: { ...manifest.package, colour: 1 } }) });
    const { manifest } = openPackage(strange.bytes);
    expect(manifest).not.toHaveProperty('mascot');
    expect(manifest.package).not.toHaveProperty('colour');
  });

  test('brings its statements about keys, verified', () => {
    const [old, next] = [testSecretKey(1), testSecretKey(2)];
    const statements = [
      makeSuccession(old, { keyId: next.keyId, key: next.publicKey }, { issuedAt: Date.UTC(2026, 0, 1), versionMarks: { 'com.example.event': 3 } }),
      makeRevocation(old, { issuedAt: Date.UTC(2026, 0, 2), reason: 'Lost' }),
    ];
    const opened = openPackage(makeEvpack({ ...plain, manifest: { publisher: { name: 'P', statements } } }).bytes);
    expect(opened.statements).toMatchObject([{ type: 'succession', versionMarks: { 'com.example.event': 3 } }, { type: 'revocation', reason: 'Lost' }]);
    const broken = makeEvpack({ ...plain, manifest: { publisher: { name: 'P', statements: [statements[0]!, statements[1]!.replace('Lost', 'lost')] } } });
    expect(refusal(broken.bytes)).toMatchObject({ code: 'bad-package', where: 'publisher.statements[1]' });
  });
});

describe('a file that is no package', () => {
  test.each([
    ['nothing', '', /empty/],
    ['a web page', '<!doctype html><html>', /web page/],
    ['a torrent', 'd8:announce3:urle', /torrent/],
    ['one line', 'untrusted comment: x', /cut off/],
    ['lines that never end', `untrusted comment: ${'x'.repeat(40_000)}`, /cut off/],
    ['a header that is no text', Buffer.from([0xff, 10, 10, 10, 10]), /no text/],
  ])('is refused with a sentence of its own: %s', (_, bytes, sentence) => {
    const error = refusal(bytes);
    expect(error.code).toBe('not-a-package');
    expect(error.message).toMatch(sentence);
  });

  test('is refused unread when it is larger than any package', () => {
    expect(refusal(new Uint8Array(8 * 1024 * 1024 + 16 * 1024 + 1)).code).toBe('too-large');
    expect(refusal(signManifest(Buffer.alloc(8 * 1024 * 1024 + 1, 0x20), testSecretKey())).code).toBe('too-large');
  });
});

describe('a signature that does not hold', () => {
  test('of a manifest that nobody signed is told apart', () => {
    for (const bare of [made.manifestBytes, Buffer.from(`\ufeff \n${made.manifestBytes.toString()}`)]) {
      const error = refusal(bare);
      expect(error.code).toBe('bad-signature');
      expect(error.message).toContain('Nobody signed this package');
    }
  });

  test('refuses a changed byte, a cut end, an added end and another trusted comment', () => {
    const bytes = Buffer.from(made.bytes);
    const changed = Buffer.from(bytes);
    changed[bytes.length - 20]! ^= 1;
    for (const wrong of [changed, bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('\n')]), Buffer.from(text.replace('timestamp:', 'timestamp:9'))]) {
      expect(refusal(wrong).code).toBe('bad-signature');
    }
  });

  test('says so before anything of the manifest is read', () => {
    const other = Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), Buffer.from('{"format": "evpack/1", "format"')]);
    expect(refusal(other).code).toBe('bad-signature');
  });

  test('refuses a key that is not the one it must be, even when its own holds', () => {
    const error = refusal(made.bytes, { key: testSecretKey(2).publicKey });
    expect(error.code).toBe('bad-signature');
    expect(error.message).toContain('another key');
    const bare = makeEvpack({ ...plain, withKey: false });
    expect(refusal(bare.bytes, { key: testSecretKey(2).publicKey }).code).toBe('bad-signature');
  });

  test('refuses a key whose id is not the one of the signature, and two keys at once', () => {
    const [secret, other] = [testSecretKey(1), testSecretKey(2)];
    const sign = (trusted: string) => signManifest(made.manifestBytes, secret, { trusted });
    expect(refusal(sign(`key=${publicKeyText(other)}`))).toMatchObject({ code: 'bad-signature', where: 'trusted comment' });
    expect(refusal(sign(`key=${publicKeyText(secret)} key=${publicKeyText(secret)}`))).toMatchObject({ code: 'bad-signature', where: 'trusted comment' });
    // an id that is claimed: the key is another one than what signed
    expect(refusal(sign(`key=${publicKeyText({ ...other, keyId: secret.keyId })}`)).code).toBe('bad-signature');
  });

  test('asks for the key when the package carries none and none is known', () => {
    const bare = makeEvpack({ ...plain, withKey: false });
    const error = refusal(bare.bytes, { knownKeys: [{ keyId: testSecretKey(2).keyId, key: testSecretKey(2).publicKey }] });
    expect(error.code).toBe('key-needed');
    expect(error.message).toContain('.pub file');
  });

  test('refuses keys that hold for anybody', () => {
    const neutral = new Uint8Array(32);
    neutral[0] = 1;
    const bare = makeEvpack({ ...plain, withKey: false });
    expect(refusal(bare.bytes, { key: neutral }).code).toBe('bad-key');
    const secret = { ...testSecretKey(), publicKey: neutral };
    expect(refusal(signManifest(made.manifestBytes, testSecretKey(), { trusted: `key=${publicKeyText(secret)}` })).code).toBe('bad-key');
    expect(refusal(signManifest(made.manifestBytes, testSecretKey(), { trusted: 'key=AAAA' })).code).toBe('bad-key');
  });
});

describe('the header', () => {
  test('gives signature, key and exactly the signed bytes', () => {
    const header = readHeader(made.bytes);
    expect(header.embeddedKey).toEqual(made.secret.publicKey);
    expect(Buffer.from(header.manifestBytes).equals(made.manifestBytes)).toBe(true);
    expect(header.signature.trustedComment).toContain('timestamp:');
  });

  test('carries a key and a file name that cannot pass for a second key', () => {
    const key = publicKeyText(testSecretKey());
    expect(trustedCommentFor(key, 1.5)).toBe(`timestamp:1 key=${key}`);
    expect(trustedCommentFor(key, 2, 'a\tkey=b\u202e.evpack')).toBe(`timestamp:2 file:a_key=b_.evpack key=${key}`);
  });
});
