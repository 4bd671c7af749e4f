// Who may speak for a package, which versions may follow, and what is shown of publishers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testSecretKey } from '../../support/make-evpack.ts';
import { day, eventPackage, key, newStore, noon, revocation, succession, take, verdictOf } from './trust-parts.ts';

const [a, b, c] = [key('a'), key('b'), key('c')];

describe('a publisher seen for the first time', () => {
  it('is asked about once, then trusted for this and for new packages', () => {
    const { store } = newStore();
    const pkg = eventPackage({ key: a });
    expect(store.judge(pkg)).toEqual({ verdict: { kind: 'first-use', knownName: false }, warnings: [], highestVersion: null, expired: false });
    expect(() => store.accept(pkg)).toThrow(expect.objectContaining({ code: 'not-trusted' }));
    store.pin(pkg);
    store.accept(pkg);
    expect(store.judge(pkg)).toEqual({ verdict: { kind: 'trusted', since: noon, installed: false }, warnings: [], highestVersion: 1, expired: false });
    expect(verdictOf(store, eventPackage({ key: a, id: 'com.example.other' }))).toBe('trusted');
  });

  it('is not remembered by a look alone', () => {
    const { store } = newStore();
    const pkg = eventPackage({ key: a });
    for (let times = 0; times < 3; times += 1) expect(verdictOf(store, pkg)).toBe('first-use');
    expect(store.publishers()).toEqual([]);
  });

  it.each([['Example Events', 'example  EVENTS'], ['Example', 'Exаmple'], ['Illi', 'lIIi'], ['Zoo', 'Z00'], ['Émile', 'Emile'], ['Morning', 'Moming']])(
    'comes with a warning when %j is posed as by %j', (known, posing) => {
      const { store } = newStore();
      take(store, eventPackage({ key: a, name: known }));
      expect(store.judge(eventPackage({ key: b, id: 'com.other.event', name: posing }))).toMatchObject({ verdict: { kind: 'first-use', knownName: true }, warnings: ['known-name'] });
      expect(store.judge(eventPackage({ key: b, id: 'com.other.event', name: 'Somebody else' }))).toMatchObject({ verdict: { knownName: false }, warnings: [] });
    });

  it('keeps the name under which it was trusted, whatever later packages say', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a, name: 'Small club' }));
    take(store, eventPackage({ key: a, name: 'Famous club', version: 2 }));
    expect(store.publishers()).toMatchObject([{ name: 'Small club' }]);
  });
});

describe('a package id', () => {
  it('stays with its key: another one is refused, known or not', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    take(store, eventPackage({ key: b, id: 'com.other.event', name: 'Other' }));
    for (const signer of [b, c]) {
      const pkg = eventPackage({ key: signer, version: 2 });
      expect(store.judge(pkg).verdict).toMatchObject({ kind: 'refused', code: 'wrong-key', message: expect.stringMatching(/posing/) });
      expect(() => store.pin(pkg)).toThrow(expect.objectContaining({ code: 'wrong-key' }));
      expect(() => store.accept(pkg)).toThrow(expect.objectContaining({ code: 'wrong-key' }));
    }
  });

  it('is pinned when a key that is trusted already brings it', () => {
    const { store } = newStore();
    store.install(a, 'One');
    store.accept(eventPackage({ key: a }));
    expect(verdictOf(store, eventPackage({ key: b, version: 2 }))).toBe('wrong-key');
  });

  it('tells keys apart by all their 32 bytes', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    for (let index = 0; index < 32; index += 1) {
      const near = Uint8Array.from(a);
      near[index]! ^= 1;
      expect(verdictOf(store, eventPackage({ key: near, version: 2 }))).toBe('wrong-key');
    }
  });
});

describe('versions', () => {
  it('only grow: an older one is a replay', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a, version: 5 }));
    const older = eventPackage({ key: a, version: 4 });
    expect(store.judge(older)).toMatchObject({
      verdict: { code: 'rollback', message: 'This package is older than the one you have. Someone may be replaying it.' }, highestVersion: 5,
    });
    expect(() => store.accept(older)).toThrow(expect.objectContaining({ code: 'rollback' }));
  });

  it('mean one package each: the same again is fine, another of the same number is refused', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a, content: 'one' }));
    expect(verdictOf(store, eventPackage({ key: a, content: 'one' }))).toBe('trusted');
    expect(store.judge(eventPackage({ key: a, content: 'two' })).verdict).toMatchObject({ code: 'bad-package', message: expect.stringContaining('version 1') });
  });

  it('are raised by taking a package, not by looking at it or trusting its key', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    const high = eventPackage({ key: a, version: Number.MAX_SAFE_INTEGER });
    store.judge(high);
    store.pin(high);
    expect(verdictOf(store, eventPackage({ key: a, version: 2 }))).toBe('trusted');
    store.accept(high);
    expect(store.judge(high)).toMatchObject({ verdict: { kind: 'trusted' }, highestVersion: Number.MAX_SAFE_INTEGER });
  });

  it('are counted for each package alone', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a, version: 9 }));
    expect(verdictOf(store, eventPackage({ key: a, id: 'com.example.other', version: 1 }))).toBe('trusted');
  });
});

describe('a key from a .pub file', () => {
  it('is trusted without a question, and its packages may come without the key', () => {
    const { store } = newStore();
    const { keyId } = testSecretKey(1);
    store.install(a, 'The publisher', keyId);
    expect(store.judge(eventPackage({ key: a })).verdict).toEqual({ kind: 'trusted', since: noon, installed: true });
    expect(store.knownKeys()).toEqual([{ keyId, key: a }]);
    expect([store.knownSince(a), store.knownSince(b)]).toEqual([noon, null]);
    take(store, eventPackage({ key: a, keyId, name: 'Another name' }));
    expect(store.publishers()).toMatchObject([{ name: 'The publisher', origin: 'file', homepage: 'https://example.com/' }]);
  });

  it('keeps its id though a package without the key comes under another: that part of a signature is not signed', () => {
    const { store } = newStore();
    const { keyId } = testSecretKey(1);
    store.install(a, 'The publisher', keyId);
    store.accept({ ...eventPackage({ key: a, keyId: new Uint8Array(8) }), keySource: 'given' });
    expect(store.knownKeys()).toEqual([{ keyId, key: a }]);
  });

  it('does not take packages that are another key\'s', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    store.install(b, 'Other');
    expect(verdictOf(store, eventPackage({ key: b, version: 2 }))).toBe('wrong-key');
  });

  it('confirms a key that was known otherwise', () => {
    const { store, clock } = newStore();
    take(store, eventPackage({ key: a }));
    clock.at += day;
    store.install(a, 'By file');
    expect(store.publishers()).toMatchObject([{ name: 'By file', origin: 'file', since: noon }]);
  });

  it('is refused when it is no key, one that anybody could sign for, or a revoked one', () => {
    const { store } = newStore();
    store.apply([revocation(a)]);
    store.revoke(b);
    expect(() => store.install(a, '')).toThrow(expect.objectContaining({ code: 'key-revoked', message: expect.stringMatching(/by its publisher/) }));
    expect(() => store.install(b, '')).toThrow(expect.objectContaining({ code: 'key-revoked', message: expect.stringMatching(/You have/) }));
    for (const bad of [new Uint8Array(31), new Uint8Array(32), new Uint8Array(32).fill(255)]) expect(() => store.install(bad, '')).toThrow(expect.objectContaining({ code: 'bad-key' }));
    expect(store.publishers()).toEqual([]);
  });
});

describe('forgetting a publisher', () => {
  it('asks again, with a warning for whoever comes in its place, and lets no old version in', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a, version: 3 }));
    store.forget(a);
    expect(store.publishers()).toEqual([]);
    expect(store.judge(eventPackage({ key: a, version: 4 })).verdict).toEqual({ kind: 'first-use', knownName: false });
    expect(store.judge(eventPackage({ key: b, version: 4, name: 'New' })).verdict).toEqual({ kind: 'first-use', knownName: true });
    expect(verdictOf(store, eventPackage({ key: a, version: 2 }))).toBe('rollback');
    expect(verdictOf(store, eventPackage({ key: b, version: 2 }))).toBe('rollback');
    expect(verdictOf(store, eventPackage({ key: b, version: 3, content: 'x' }))).toBe('bad-package');
    take(store, eventPackage({ key: b, version: 4 }));
    expect(verdictOf(store, eventPackage({ key: a, version: 5 }))).toBe('wrong-key');
  });

  it('does not give its packages to another trusted key without a question', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    store.install(b, 'Other');
    store.forget(a);
    const taking = eventPackage({ key: b, version: 2 });
    expect(store.judge(taking).verdict).toEqual({ kind: 'first-use', knownName: true });
    take(store, taking);
    expect(verdictOf(store, eventPackage({ key: b, version: 3 }))).toBe('trusted');
  });

  it('does not make a revoked key good again', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    store.revoke(a);
    store.forget(a);
    expect(verdictOf(store, eventPackage({ key: a }))).toBe('key-revoked');
  });
});

describe('revoking a key oneself', () => {
  it('refuses all it signs, also what is here, and says that it was you', () => {
    const { store, clock } = newStore();
    const pkg = eventPackage({ key: a });
    take(store, pkg);
    clock.at += day;
    store.revoke(a);
    store.revoke(a);
    expect(store.judge(pkg).verdict).toMatchObject({ code: 'key-revoked', message: expect.stringMatching(/^You have revoked/) });
    expect(() => store.pin(pkg)).toThrow(expect.objectContaining({ code: 'key-revoked' }));
    expect(store.publishers()).toMatchObject([{ state: 'revoked', revokedAt: noon + day, revokedBy: 'user' }]);
  });

  it('lets the person trust a new key for the same package, with a warning', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a, version: 2 }));
    store.revoke(a);
    const renewed = eventPackage({ key: b, version: 3, name: 'Renewed' });
    expect(store.judge(renewed)).toMatchObject({ verdict: { kind: 'first-use', knownName: true }, warnings: ['known-name'] });
    take(store, renewed);
    expect(verdictOf(store, eventPackage({ key: b, version: 4 }))).toBe('trusted');
  });
});

describe('the list of publishers', () => {
  it('shows what each key signed, newest first, and its id as minisign does', () => {
    const { store, clock } = newStore();
    take(store, eventPackage({ key: a, keyId: testSecretKey(1).keyId }));
    clock.at += 1;
    take(store, eventPackage({ key: a, keyId: testSecretKey(1).keyId, id: 'com.example.other', version: 7, issuedAt: noon - 5 }));
    take(store, eventPackage({ key: b, id: 'com.else', name: 'Else' }));
    store.apply([succession(a, c)]);
    const keyId = Buffer.from(testSecretKey(1).keyId).reverse().toString('hex').toUpperCase();
    const others = { revokedAt: null, revokedBy: null };
    expect(store.publishers()).toEqual([
      {
        key: a, keyId, name: 'Example', homepage: 'https://example.com/', state: 'succeeded', since: noon, origin: 'asked', ...others, succeededBy: c,
        packages: [
          { id: 'com.example.other', title: 'Title of com.example.other', version: 7, lastSignedAt: noon - 5 },
          { id: 'com.example.event', title: 'Title of com.example.event', version: 1, lastSignedAt: noon - 3_600_000 },
        ],
      },
      expect.objectContaining({ key: b, keyId: Buffer.from(b.slice(24)).reverse().toString('hex').toUpperCase(), name: 'Else' }),
      { key: c, keyId: '', name: 'Example', homepage: 'https://example.com/', state: 'trusted', since: noon + 1, origin: 'succession', ...others, succeededBy: null, packages: [] },
    ]);
    expect(store.knownKeys()).toEqual([{ keyId: testSecretKey(1).keyId, key: a }, { keyId: b.slice(24), key: b }]);
  });

  it('says when it changed, and only then', () => {
    const { store } = newStore();
    let changes = 0;
    store.on('changed', () => (changes += 1));
    const pkg = eventPackage({ key: a });
    store.judge(pkg);
    expect(() => store.accept(pkg)).toThrow();
    store.apply([]);
    store.apply([succession(b, c)]);
    expect(changes).toBe(0);
    store.pin(pkg);
    store.accept(pkg);
    store.apply([revocation(b)]);
    store.forget(a);
    expect(changes).toBe(4);
  });
});

describe('bounds', () => {
  it('refuse what does not fit and say so; nothing older is dropped', () => {
    const { store } = newStore({ packages: 2, publishers: 2, strangersRevoked: 2 });
    take(store, eventPackage({ key: a, id: 'com.one' }));
    take(store, eventPackage({ key: a, id: 'com.two' }));
    expect(() => store.accept(eventPackage({ key: a, id: 'com.three' }))).toThrow(expect.objectContaining({ code: 'too-large' }));
    take(store, eventPackage({ key: a, id: 'com.two', version: 2 }));
    store.install(b, 'Two');
    expect(() => store.install(c, 'Three')).toThrow(expect.objectContaining({ code: 'too-large' }));
    expect(() => store.pin(eventPackage({ key: c, id: 'com.four' }))).toThrow(expect.objectContaining({ code: 'too-large' }));
    expect(store.apply([succession(a, c)]).ignored[0]!.why).toMatch(/full/);
    expect(store.apply([revocation(key('x')), revocation(key('y')), revocation(key('z')), revocation(b)])).toMatchObject({
      applied: [{ key: key('x') }, { key: key('y') }, { key: b }], ignored: [{ statement: { key: key('z') }, why: expect.stringMatching(/full/) }],
    });
    store.revoke(a); // the person's own word always counts
    expect(store.publishers().map((one) => one.state)).toEqual(['revoked', 'revoked']);
  });
});

it('keeps every promise over any sequence of steps and any restart', () => {
  const keys = [a, b, c];
  const ids = ['com.one', 'com.two'];
  const signer = fc.integer({ min: 0, max: 2 });
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('take' as const), key: signer, id: fc.integer({ min: 0, max: 1 }), version: fc.integer({ min: 1, max: 4 }), content: fc.constantFrom('x', 'y') }) },
    fc.record({ kind: fc.constantFrom('forget' as const, 'revoke' as const, 'revoked' as const, 'install' as const), key: signer }),
    fc.record({ kind: fc.constant('succeed' as const), key: signer, to: signer, mark: fc.integer({ min: 0, max: 4 }) }),
    fc.record({ kind: fc.constant('restart' as const) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
    const made = newStore();
    let { store } = made;
    const revoked = new Set<number>();
    const replaced = new Set<number>();
    const highest = new Map<string, number>();
    for (const one of steps) {
      if (one.kind === 'restart') {
        store = made.reopen();
        continue;
      }
      const signerKey = keys[one.key]!;
      if (one.kind === 'take') {
        const id = ids[one.id]!;
        const pkg = eventPackage({ key: signerKey, id, version: one.version, content: one.content });
        try {
          take(store, pkg);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(wrong-key|key-revoked|rollback|bad-package)$/) });
          continue;
        }
        expect(revoked.has(one.key)).toBe(false);
        expect(one.version).toBeGreaterThanOrEqual(highest.get(id) ?? 0);
        if (replaced.has(one.key)) expect(one.version).toBe(highest.get(id));
        highest.set(id, one.version);
        expect(store.judge(pkg)).toMatchObject({ verdict: { kind: 'trusted' }, highestVersion: one.version });
      } else if (one.kind === 'forget') store.forget(signerKey);
      else if (one.kind === 'revoke') {
        store.revoke(signerKey);
        revoked.add(one.key);
      } else if (one.kind === 'revoked') {
        store.apply([revocation(signerKey)]);
        revoked.add(one.key);
      } else if (one.kind === 'install') {
        if (revoked.has(one.key)) expect(() => store.install(signerKey, 'Installed')).toThrow();
        else store.install(signerKey, 'Installed');
      } else if (one.kind === 'succeed') {
        const { applied } = store.apply([succession(signerKey, keys[one.to]!, { 'com.one': one.mark })]);
        if (applied.length === 0) continue;
        expect(replaced.has(one.key) || revoked.has(one.key) || revoked.has(one.to)).toBe(false);
        replaced.add(one.key);
        highest.set('com.one', Math.min(highest.get('com.one') ?? 0, one.mark));
        // The mark may stand where it was: another's package.
        const { highestVersion } = store.judge(eventPackage({ key: signerKey, id: 'com.one' }));
        if (highestVersion !== null) highest.set('com.one', highestVersion);
      }
    }
    store.close();
  }), { numRuns: 150 });
});
