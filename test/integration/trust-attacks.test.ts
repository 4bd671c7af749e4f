// The nine attacks that TUF names, and what honest publishers do, with packages that are really signed: from the bytes to the verdict.
// What only a running client can show is tested with the core: an expiry while a download runs, an update that brings another package's id
// or another key, and a revocation that stops a package that is here.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { makeRevocation, makeSuccession, parseStatements } from '../../main/package/key-statement.ts';
import type { SecretKey } from '../../main/package/minisign-secret-key.ts';
import { MAX_PACKAGE_BYTES, openPackage } from '../../main/package/open-package.ts';
import { PackageError } from '../../main/package/package-error.ts';
import type { EventPackage } from '../../main/package/package-types.ts';
import { TrustStore } from '../../main/services/trust-store.ts';
import { HttpsServer } from '../support/https-server.ts';
import { makeEvpack, makeTorrent, signManifest, testSecretKey } from '../support/make-evpack.ts';
import type { EvpackInput } from '../support/make-evpack.ts';
import type { Answer } from '../support/package-fetch-child.ts';
import { leaveNothingBehind, startProgram, until } from '../support/processes.ts';
import { tempFolder } from '../support/temp-folder.ts';

leaveNothingBehind();

const day = 86_400_000;
const noon = Date.UTC(2026, 5, 1, 12);
const at = (epochMs: number): string => new Date(epochMs).toISOString();
const publicOf = (secret: SecretKey) => ({ keyId: secret.keyId, key: secret.publicKey });
const [owner, next, thief, stranger] = [testSecretKey(1), testSecretKey(2), testSecretKey(3), testSecretKey(4)];
const id = 'com.example.event';

interface Signed extends Partial<EvpackInput> { statements?: string[]; expires?: number; issuedAt?: number; name?: string; text?: string }

function made({ statements, expires, issuedAt = noon - day, name = 'Example Publisher', text = 'the core', ...input }: Signed = {}) {
  return makeEvpack({
    secret: owner, id, issued: at(issuedAt), layers: [{ id: 'core', files: { 'a.txt': text } }], ...input,
    manifest: { publisher: { name, ...(statements && { statements }) }, ...(expires !== undefined && { expires: at(expires) }), ...input.manifest },
  });
}
const signed = (input?: Signed): Uint8Array => made(input).bytes;

let file: string;
let store: TrustStore;
let clockAt: number;

beforeEach(() => {
  file = join(tempFolder('attacks'), 'trust.db');
  clockAt = noon;
  store = TrustStore.open(file, () => clockAt);
  onTestFinished(() => store.close());
});

function restart(): void {
  store.close();
  store = TrustStore.open(file, () => clockAt);
}

/** As the core opens one: verified, its own statements applied, then judged. */
function open(bytes: Uint8Array): EventPackage {
  const pkg = openPackage(bytes, { knownKeys: store.knownKeys(), clientVersion: '1.0.0' });
  store.apply(pkg.statements);
  return pkg;
}

/** In one word what becomes of it: the verdict, or the code of whoever refused it. */
function outcome(bytes: Uint8Array): string {
  try {
    const { verdict } = store.judge(open(bytes));
    return verdict.kind === 'refused' ? verdict.code : verdict.kind;
  } catch (error) {
    if (error instanceof PackageError) return error.code;
    throw error;
  }
}

/** The person trusts whoever signed it, and takes it. */
function take(bytes: Uint8Array): void {
  const pkg = open(bytes);
  if (store.judge(pkg).verdict.kind === 'first-use') store.pin(pkg);
  store.accept(pkg);
}

const highest = (): number | null => store.judge(openPackage(signed())).highestVersion;

describe('an attacker cannot', () => {
  it('install anything of his own (arbitrary installation)', () => {
    take(signed());
    const { manifestBytes, bytes } = made({ version: 2 });
    expect(outcome(manifestBytes)).toBe('bad-signature'); // signed by nobody
    expect(outcome(signed({ version: 2, secret: stranger }))).toBe('wrong-key');
    expect(outcome(Buffer.concat([bytes, Buffer.from(' ')]))).toBe('bad-signature');
    for (const offset of [0, 1, manifestBytes.length >> 1, manifestBytes.length - 2]) {
      const tampered = Buffer.from(bytes);
      tampered[bytes.length - manifestBytes.length + offset]! ^= 1;
      expect(outcome(tampered)).toBe('bad-signature');
    }
    // Our key in the comment of his signature, and his signature under our key's id.
    const ownComment = `timestamp:1 key=${Buffer.concat([Buffer.from('Ed'), owner.keyId, owner.publicKey]).toString('base64')}`;
    expect(outcome(signManifest(manifestBytes, stranger, { trusted: ownComment }))).toBe('bad-signature');
    expect(outcome(signManifest(manifestBytes, { ...stranger, keyId: owner.keyId }, { trusted: ownComment }))).toBe('bad-signature');
    expect(outcome(signManifest(manifestBytes, { ...stranger, keyId: owner.keyId }, { withKey: false }))).toBe('bad-signature');
    expect(outcome(signManifest(manifestBytes, { ...stranger, keyId: owner.keyId }))).toBe('wrong-key');
    expect(highest()).toBe(1);
  });

  it('fill the disk or the memory with a package without an end (endless data)', async () => {
    // A file: too large is refused whoever signed it, and a first line without an end is not looked through.
    const padding = Buffer.alloc(MAX_PACKAGE_BYTES, 0x20);
    expect(outcome(signManifest(Buffer.concat([made().manifestBytes, padding]), owner))).toBe('too-large');
    expect(outcome(Buffer.concat([Buffer.from('untrusted comment: '), padding.subarray(0, 8_000_000)]))).toBe('not-a-package');
    expect(outcome(signManifest(Buffer.from(`{"a":${'['.repeat(4_000_000)}`), owner))).toBe('bad-package');
    const statement = makeRevocation(stranger, { issuedAt: noon });
    expect(() => parseStatements(statement.repeat(2_000))).toThrow(expect.objectContaining({ code: 'too-large' }));
    expect(() => parseStatements(makeSuccession(owner, publicOf(next), { issuedAt: noon, versionMarks: Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`com.n${n}`, 1])) }))).toThrow();

    // A stream: a server that never stops sending is cut off at the bound.
    const server = await HttpsServer.start();
    onTestFinished(() => server.close());
    const url = server.serve('/e.evpack', 'endless');
    const child = await startProgram('client', process.execPath, [fileURLToPath(new URL('../support/package-fetch-child.ts', import.meta.url))], {
      stdin: true, env: { NODE_EXTRA_CA_CERTS: server.caFile },
    });
    child.write(JSON.stringify({ ask: 'package', url }));
    const line = await until('the client gives up', () => child.stdout.includes('\n') && child.stdout, { everyMs: 20, describe: () => child.tail() });
    expect(JSON.parse(line) as Answer).toMatchObject({ error: { code: 'too-large' } });
    // The rest lay in the two ends' buffers.
    expect(server.bytesServed()).toBeLessThan(MAX_PACKAGE_BYTES + 16 * 1024 * 1024);
  });

  it('slip in something that a package does not name (extraneous dependencies)', () => {
    const extra = (change: EvpackInput['change'], more: Signed = {}) => outcome(signed({ ...more, ...(change && { change }) }));
    // Even a publisher who signs it: each torrent has the files of its layer and no others, each requirement is a layer of this package.
    expect(extra((manifest) => {
      manifest.layers[0]!.torrent = Buffer.from(makeTorrent('event', new Map([['a.txt', Buffer.from('the core')], ['extra.exe', Buffer.from('malware')]]), 16_384)).toString('base64');
    })).toBe('bad-package');
    expect(extra((manifest) => manifest.layers[0]!.requires.push('somebody-elses-layer'))).toBe('bad-package');
    expect(extra((manifest) => manifest.layers.push({ ...manifest.layers[0]! }))).toBe('bad-package');
    expect(extra((manifest) => Object.assign(manifest, { installs: 'https://example.com/more.exe', critical: ['installs'] }))).toBe('needs-newer-client');
    // Anybody else: a layer more is another manifest, and a file behind the manifest is part of what was signed.
    take(signed());
    const honest = made({ version: 2 });
    const more = made({ version: 2, layers: [{ id: 'core', files: { 'a.txt': 'the core' } }, { id: 'extra', files: { 'b.txt': 'more' } }] });
    const header = honest.bytes.subarray(0, honest.bytes.length - honest.manifestBytes.length);
    expect(outcome(Buffer.concat([header, more.manifestBytes]))).toBe('bad-signature');
    expect(outcome(Buffer.concat([honest.bytes, more.manifestBytes]))).toBe('bad-signature');
  });

  it('push the version so high that no honest one can follow (fast-forward)', () => {
    take(signed({ version: 3 }));
    const top = Number.MAX_SAFE_INTEGER;
    expect(outcome(signed({ version: top, secret: stranger }))).toBe('wrong-key');
    expect(outcome(signed({ version: top + 1 }))).toBe('bad-package');
    open(signed({ version: top })); // looked at, never taken
    expect(highest()).toBe(3);
    // With a stolen key he can. The owner replaces the key, and the statement takes the mark back: once.
    take(signed({ version: top, text: 'malware' }));
    const replaced = makeSuccession(owner, publicOf(next), { issuedAt: noon, versionMarks: { [id]: 4 } });
    expect(outcome(signed({ version: 3, secret: next, statements: [replaced] }))).toBe('rollback');
    take(signed({ version: 5, secret: next, statements: [replaced] }));
    restart();
    expect(outcome(signed({ version: 4, secret: next, statements: [replaced] }))).toBe('rollback');
    // Wrapped otherwise, and signed anew by the thief with a lower mark, it is still the same succession.
    const rewrapped = replaced.replace(/^untrusted comment: .*/, 'untrusted comment: another');
    const lower = makeSuccession(owner, publicOf(next), { issuedAt: noon + day, versionMarks: { [id]: 1 } });
    expect(outcome(signed({ version: 4, secret: next, statements: [rewrapped, lower] }))).toBe('rollback');
    expect(highest()).toBe(5);
  });

  it('keep a client on an old version for ever (indefinite freeze)', () => {
    const old = signed({ version: 1, issuedAt: noon - 2 * day, expires: noon + 20 * day });
    take(old);
    expect(store.judge(open(old))).toMatchObject({ expired: false, warnings: [] });
    clockAt = noon + 19 * day;
    expect(store.judge(open(old))).toMatchObject({ expired: false, warnings: ['expires-soon'] });
    clockAt = noon + 20 * day;
    expect(store.judge(open(old))).toMatchObject({ verdict: { kind: 'trusted' }, expired: true, warnings: ['expired'] });
    // To turn back the clock does not help him once anything newer was seen.
    clockAt = noon + 21 * day;
    take(signed({ id: 'com.example.other', issuedAt: noon + 21 * day }));
    clockAt = noon;
    restart();
    expect(store.judge(open(old))).toMatchObject({ expired: true, warnings: ['expired', 'clock-behind'] });
  });

  it('put together what was never together (mix-and-match)', () => {
    const one = made({ version: 1 });
    const two = made({ version: 2, text: 'the second' });
    const header = (of: typeof one) => of.bytes.subarray(0, of.bytes.length - of.manifestBytes.length);
    expect(outcome(Buffer.concat([header(one), two.manifestBytes]))).toBe('bad-signature');
    // Lines of two signatures.
    const lines = (of: typeof one) => Buffer.from(header(of)).toString().split('\n');
    const mixed = [lines(two)[0], lines(two)[1], lines(one)[2], lines(one)[3], ''].join('\n');
    expect(outcome(Buffer.concat([Buffer.from(mixed), two.manifestBytes]))).toBe('bad-signature');
    // A torrent of one version among the files of the other, though the publisher signs it.
    expect(outcome(signed({ version: 3, change: (manifest) => (manifest.layers[0]!.torrent = two.manifest.layers[0]!.torrent) }))).toBe('bad-package');
    // Two packages that both are version 2.
    take(two.bytes);
    expect(outcome(signed({ version: 2, text: 'another second' }))).toBe('bad-package');
    expect(outcome(two.bytes)).toBe('trusted');
  });

  it('bring back an old version with its known holes (rollback)', () => {
    const old = signed({ version: 4 });
    take(old);
    take(signed({ version: 5 }));
    expect(outcome(old)).toBe('rollback');
    restart();
    expect(store.judge(open(old)).verdict).toMatchObject({ message: 'This package is older than the one you have. Someone may be replaying it.' });
    store.forget(owner.publicKey);
    expect(outcome(old)).toBe('rollback');
    store.install(owner.publicKey, 'Again', owner.keyId);
    expect(outcome(old)).toBe('rollback');
    expect(outcome(signed({ version: 5 }))).toBe('trusted');
  });

  it('go on with a stolen key once its owner knows, nor keep what he did with it (key compromise)', () => {
    take(signed({ version: 1 }));
    // He signs as the owner would: nothing can tell.
    take(signed({ version: 2, text: 'malware' }));
    // The owner replaces the key and ends the old one, and signs with the new.
    const replaced = makeSuccession(owner, publicOf(next), { issuedAt: noon });
    const revoked = makeRevocation(owner, { issuedAt: noon, reason: 'stolen' });
    take(signed({ version: 3, secret: next, statements: [revoked, replaced] }));
    expect(outcome(signed({ version: 4, text: 'malware' }))).toBe('key-revoked');
    expect(outcome(signed({ version: 4, text: 'malware', issuedAt: noon - 30 * day }))).toBe('key-revoked');
    expect(outcome(signed({ version: 2, text: 'malware' }))).toBe('key-revoked');
    expect(outcome(signed({ id: 'com.example.other' }))).toBe('key-revoked');
    // The thief names a successor of his own: too late.
    const stolen = makeSuccession(owner, publicOf(thief), { issuedAt: 0, versionMarks: { [id]: 0 } });
    const his = signed({ version: 4, secret: thief, statements: [stolen] });
    expect(store.judge(open(his))).toMatchObject({ verdict: { kind: 'first-use', knownName: true }, warnings: ['known-name'] });
    restart();
    expect(highest()).toBe(3);
    expect(outcome(signed({ version: 5 }))).toBe('key-revoked');
    // The most that his second statement does: the person is asked once more about the new key.
    expect(outcome(signed({ version: 4, secret: next }))).toBe('first-use');
    take(signed({ version: 4, secret: next }));
    expect(outcome(signed({ version: 5, secret: thief, statements: [stolen] }))).toBe('wrong-key');
    expect(outcome(signed({ version: 5, secret: next }))).toBe('trusted');
  });

  it('hold a client that heard of him first: the owner\'s statements make it ask (key compromise, thief first)', () => {
    take(signed({ version: 1 }));
    take(signed({ version: 2, secret: thief, statements: [makeSuccession(owner, publicOf(thief), { issuedAt: noon - day })] }));
    const honest = signed({
      version: 3, secret: next, statements: [makeSuccession(owner, publicOf(next), { issuedAt: noon }), makeRevocation(owner, { issuedAt: noon })],
    });
    expect(store.judge(open(honest))).toMatchObject({ verdict: { kind: 'first-use', knownName: true }, warnings: ['known-name'] });
    expect(outcome(signed({ version: 4, secret: thief }))).toBe('first-use'); // no longer trusted either
    take(honest);
    expect(outcome(signed({ version: 4, secret: thief }))).toBe('wrong-key');
  });

  it('give a client another package than the one it wants, though it is signed (wrong software)', () => {
    take(signed());
    take(signed({ id: 'com.else.event', secret: stranger, name: 'Somebody Else' }));
    // Another trusted publisher's key does not speak for this package, nor this one for the other's.
    expect(outcome(signed({ version: 2, secret: stranger }))).toBe('wrong-key');
    expect(outcome(signed({ version: 2, id: 'com.else.event' }))).toBe('wrong-key');
    // Whoever says which key it must be gets no other.
    expect(() => openPackage(signed({ secret: stranger }), { key: owner.publicKey })).toThrow(expect.objectContaining({ code: 'bad-signature' }));
    // The id is signed: it cannot be put on what the publisher made for another event.
    const other = made({ id: 'com.example.other' });
    const renamed = Buffer.from(other.manifestBytes).toString().replace('com.example.other', id);
    expect(outcome(Buffer.concat([other.bytes.subarray(0, other.bytes.length - other.manifestBytes.length), Buffer.from(renamed)]))).toBe('bad-signature');
  });
});

describe('a publisher can', () => {
  it('be met for the first time: asked about once, and never again', () => {
    expect(outcome(signed())).toBe('first-use');
    take(signed());
    restart();
    expect(outcome(signed())).toBe('trusted');
    expect(outcome(signed({ version: 2 }))).toBe('trusted');
    expect(outcome(signed({ id: 'com.example.second' }))).toBe('trusted');
    expect(store.judge(open(signed({ id: 'com.posing', secret: stranger, name: 'Exаmple Publisher' })))).toMatchObject({ warnings: ['known-name'] });
  });

  it('be known from a .pub file, and sign with a tool that knows nothing of us', () => {
    const bare = signed({ withKey: false });
    expect(outcome(bare)).toBe('key-needed');
    store.install(owner.publicKey, 'From a file', owner.keyId);
    expect(store.judge(open(bare)).verdict).toMatchObject({ kind: 'trusted', installed: true });
    // The file stays enough when the key is replaced: the statement names the next one, and its id.
    store.apply(parseStatements(makeSuccession(owner, publicOf(next), { issuedAt: noon })));
    expect(outcome(signed({ withKey: false, secret: next, version: 2 }))).toBe('trusted');
  });

  it('change keys, as often as needed, by statements beside the package or in it (rotation)', () => {
    const third = testSecretKey(9);
    take(signed());
    const statements = makeSuccession(next, publicOf(third), { issuedAt: noon }) + makeSuccession(owner, publicOf(next), { issuedAt: noon - day });
    expect(store.apply(parseStatements(statements)).applied).toHaveLength(2);
    restart();
    expect(outcome(signed())).toBe('trusted'); // what is here stays
    expect(outcome(signed({ version: 2 }))).toBe('wrong-key');
    expect(outcome(signed({ version: 2, secret: next }))).toBe('wrong-key');
    take(signed({ version: 2, secret: third }));
    expect(store.publishers().map(({ state, origin }) => `${state} ${origin}`)).toEqual(['succeeded asked', 'succeeded succession', 'trusted succession']);
  });

  it('end a key, and clients that never met it know too (revocation)', () => {
    take(signed());
    store.apply(parseStatements(makeRevocation(owner, { issuedAt: noon }) + makeRevocation(stranger, { issuedAt: noon })));
    restart();
    expect(outcome(signed())).toBe('key-revoked');
    expect(outcome(signed({ id: 'com.new', secret: stranger }))).toBe('key-revoked');
    expect(() => store.install(stranger.publicKey, 'x')).toThrow(expect.objectContaining({ code: 'key-revoked' }));
    // Only the key itself can say so.
    const forged = makeRevocation(thief, { issuedAt: noon }).replace(Buffer.concat([Buffer.from('Ed'), thief.keyId, thief.publicKey]).toString('base64'), Buffer.concat([Buffer.from('Ed'), next.keyId, next.publicKey]).toString('base64'));
    expect(() => parseStatements(forged)).toThrow(PackageError);
  });

  it('let a package end, and the clock alone decides when (expiry)', () => {
    const pkg = open(signed({ expires: noon + 10 * day }));
    clockAt = noon + 10 * day - 1;
    expect(store.judge(pkg).expired).toBe(false);
    clockAt += 1;
    expect(store.judge(pkg)).toMatchObject({ expired: true, warnings: ['expired'] });
  });

  it('be heard by a client whose clock is wrong, which says so (clock skew)', () => {
    clockAt = noon - 400 * day;
    take(signed({ issuedAt: noon }));
    expect(store.judge(open(signed({ version: 2, issuedAt: noon, expires: noon + day }))).warnings).toContain('clock-behind');
    expect(store.judge(open(signed({ version: 2, issuedAt: noon - 3 * day, expires: noon - day })))).toMatchObject({ expired: true });
    clockAt = noon;
    expect(store.judge(open(signed({ version: 2, issuedAt: noon + 60_000 }))).warnings).toEqual([]);
  });
});
