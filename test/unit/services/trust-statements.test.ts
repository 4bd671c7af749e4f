// What publishers say about their own keys, and what a thief who has one can and cannot do by it.
import { describe, expect, it } from 'vitest';
import { maxSuccessions } from '../../../main/services/trust-keys.ts';
import { testSecretKey } from '../../support/make-evpack.ts';
import { day, eventPackage, key, newStore, noon, revocation, succession, take, verdictOf } from './trust-parts.ts';

const [a, b, c, d, thief] = [key('a'), key('b'), key('c'), key('d'), key('t')];

describe('a succession', () => {
  it('hands the packages to the new key without a question', () => {
    const { store, clock } = newStore();
    take(store, eventPackage({ key: a }));
    clock.at += day;
    const statement = succession(a, b);
    expect(store.apply([statement])).toEqual({ applied: [statement], ignored: [] });
    const next = eventPackage({ key: b, version: 2 });
    expect(store.judge(next).verdict).toEqual({ kind: 'trusted', since: noon + day, installed: false });
    store.accept(next);
    expect(verdictOf(store, eventPackage({ key: c, version: 3 }))).toBe('wrong-key');
    expect(verdictOf(store, eventPackage({ key: b, id: 'com.example.new' }))).toBe('trusted');
  });

  it('ends what the old key signs, whatever date it writes; the version that is here stays good', () => {
    const { store } = newStore();
    const here = eventPackage({ key: a, version: 2 });
    take(store, here);
    store.apply([succession(a, b)]);
    expect(verdictOf(store, here)).toBe('trusted');
    store.accept(here);
    for (const issuedAt of [0, noon - day, noon + day]) {
      expect(store.judge(eventPackage({ key: a, version: 3, issuedAt })).verdict).toMatchObject({ code: 'wrong-key', message: expect.stringMatching(/replaced/) });
      expect(verdictOf(store, eventPackage({ key: a, id: 'com.example.new', issuedAt }))).toBe('wrong-key');
    }
    take(store, eventPackage({ key: b, version: 3 }));
    expect(verdictOf(store, here)).toBe('wrong-key');
  });

  it('keeps what is here good while the new key is pinned but has brought nothing yet', () => {
    const { store } = newStore();
    const here = eventPackage({ key: a, version: 2 });
    take(store, here);
    store.apply([succession(a, b)]);
    const newer = eventPackage({ key: b, version: 3 });
    store.pin(newer);
    expect(verdictOf(store, here)).toBe('trusted');
    store.pin(here);
    store.accept(here);
    // To look at the old one again has not given the package back to the old key.
    store.forget(a);
    expect(verdictOf(store, eventPackage({ key: c, version: 3 }))).toBe('wrong-key');
    expect(verdictOf(store, newer)).toBe('trusted');
  });

  it('is followed over any number of keys, in whatever order the statements lie', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    const statements = [succession(c, d), succession(b, c), succession(a, b)];
    expect(store.apply(statements)).toMatchObject({ applied: [{ newKey: b }, { newKey: c }, { newKey: d }], ignored: [] });
    for (const old of [a, b, c]) expect(verdictOf(store, eventPackage({ key: old, version: 2 }))).toBe('wrong-key');
    take(store, eventPackage({ key: d, version: 2 }));
  });

  it('of a key that you do not know is ignored', () => {
    const { store } = newStore();
    expect(store.apply([succession(a, b)])).toMatchObject({ applied: [], ignored: [{ why: expect.stringMatching(/not one that you trust/) }] });
    expect(verdictOf(store, eventPackage({ key: b }))).toBe('first-use');
  });

  it('takes over a key that was trusted before as it is', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    store.install(b, 'Two');
    store.apply([succession(a, b)]);
    expect(store.publishers()).toMatchObject([{ state: 'succeeded', succeededBy: b }, { name: 'Two', origin: 'file', state: 'trusted' }]);
    expect(verdictOf(store, eventPackage({ key: b, version: 2 }))).toBe('trusted');
  });

  it('is not valid from or to a revoked key, to itself, or in a circle', () => {
    const { store } = newStore();
    for (const [index, one] of [a, b, c].entries()) take(store, eventPackage({ key: one, id: `com.example.n${index}`, name: `N${index}` }));
    store.apply([revocation(c)]);
    expect(store.apply([succession(c, d), succession(a, c), succession(a, a), succession(a, b), succession(b, a)])).toMatchObject({
      applied: [{ key: a, newKey: b }],
      ignored: [{ why: expect.stringMatching(/replaces was revoked/) }, { why: expect.stringMatching(/new key was revoked/) }, { why: expect.stringMatching(/itself/) }, { why: expect.stringMatching(/each other/) }],
    });
    expect(verdictOf(store, eventPackage({ key: b, id: 'com.example.n0', version: 2 }))).toBe('trusted');
  });

  it('goes on for a bounded number of steps, and the keys before still hold their packages', () => {
    const { store } = newStore();
    const keys = Array.from({ length: maxSuccessions + 20 }, (_, index) => testSecretKey(1000 + index).publicKey);
    take(store, eventPackage({ key: keys[0]! }));
    const { applied, ignored } = store.apply(keys.slice(1).map((newKey, index) => succession(keys[index]!, newKey)));
    expect(applied).toHaveLength(maxSuccessions - 1);
    expect(ignored).toHaveLength(20);
    expect(verdictOf(store, eventPackage({ key: keys[maxSuccessions - 1]!, version: 2 }))).toBe('trusted');
    expect(verdictOf(store, eventPackage({ key: keys[maxSuccessions]!, version: 2 }))).toBe('wrong-key');
  });
});

describe('version marks in a succession', () => {
  it('start again where it says, once', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a, version: 2 ** 52 }));
    store.apply([succession(a, b, { 'com.example.event': 5 })]);
    expect(verdictOf(store, eventPackage({ key: b, version: 4 }))).toBe('rollback');
    expect(verdictOf(store, eventPackage({ key: b, version: 5, content: 'whatever' }))).toBe('trusted');
    take(store, eventPackage({ key: b, version: 7 }));
    // The same again, as every package repeats it, and in another wrapping.
    expect(store.apply([succession(a, b, { 'com.example.event': 5 }), succession(a, b, { 'com.example.event': 1 }, noon + day)]).applied).toEqual([]);
    expect(verdictOf(store, eventPackage({ key: b, version: 6 }))).toBe('rollback');
    store.forget(a);
    store.install(a, 'Again');
    expect(store.apply([succession(a, b, { 'com.example.event': 1 })]).applied).toEqual([]);
    expect(verdictOf(store, eventPackage({ key: b, version: 6 }))).toBe('rollback');
  });

  it('never raise', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a, version: 2 }));
    store.apply([succession(a, b, { 'com.example.event': 99, 'com.example.unknown': 99 })]);
    expect(store.judge(eventPackage({ key: b, version: 3 }))).toMatchObject({ verdict: { kind: 'trusted' }, highestVersion: 2 });
    expect(store.judge(eventPackage({ key: b, id: 'com.example.unknown' })).highestVersion).toBeNull();
  });

  it('touch no packages but those of the old key, also after it was forgotten, and not those of the new', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a, version: 5 }));
    take(store, eventPackage({ key: b, id: 'com.victim', version: 5, name: 'Victim' }));
    take(store, eventPackage({ key: c, id: 'com.new', version: 5, name: 'New' }));
    store.apply([succession(a, c, { 'com.example.event': 1, 'com.victim': 1, 'com.new': 1 })]);
    expect(verdictOf(store, eventPackage({ key: c, version: 2 }))).toBe('trusted');
    expect(verdictOf(store, eventPackage({ key: b, id: 'com.victim', version: 4 }))).toBe('rollback');
    expect(verdictOf(store, eventPackage({ key: c, id: 'com.new', version: 4 }))).toBe('rollback');
    store.forget(b);
    store.apply([succession(c, d, { 'com.victim': 1 })]);
    expect(verdictOf(store, eventPackage({ key: d, id: 'com.victim', version: 4 }))).toBe('rollback');
  });
});

describe('a revocation', () => {
  it('refuses the key at once: for what is here, for new packages, and as a first-use', () => {
    const { store, clock } = newStore();
    const here = eventPackage({ key: a });
    take(store, here);
    clock.at += day;
    expect(store.apply([revocation(a, 0)]).applied).toHaveLength(1);
    for (const pkg of [here, eventPackage({ key: a, version: 2 }), eventPackage({ key: a, id: 'com.other' })]) {
      expect(store.judge(pkg).verdict).toMatchObject({ code: 'key-revoked', message: expect.stringMatching(/by its publisher/) });
    }
    expect(store.publishers()).toMatchObject([{ state: 'revoked', revokedAt: noon + day, revokedBy: 'publisher' }]);
    expect(store.apply([revocation(a, 1)]).ignored).toMatchObject([{ why: expect.stringMatching(/known already/) }]);
  });

  it('of a key never met is kept for the day it is met', () => {
    const { store, reopen } = newStore();
    store.apply([revocation(a)]);
    expect(store.publishers()).toEqual([]);
    expect(verdictOf(reopen(), eventPackage({ key: a }))).toBe('key-revoked');
  });

  it('that comes together with a succession ends the old key and leaves the new, whichever line is first', () => {
    for (const statements of [[revocation(a), succession(a, b)], [succession(a, b), revocation(a)]]) {
      const { store } = newStore();
      take(store, eventPackage({ key: a }));
      expect(store.apply(statements).ignored).toEqual([]);
      expect(verdictOf(store, eventPackage({ key: a }))).toBe('key-revoked');
      expect(verdictOf(store, eventPackage({ key: b, version: 2 }))).toBe('trusted');
      expect(verdictOf(store, eventPackage({ key: c, version: 2 }))).toBe('wrong-key');
    }
  });

  it('that comes later leaves the successor its trust', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    store.apply([succession(a, b)]);
    store.apply([revocation(a)]);
    expect(verdictOf(store, eventPackage({ key: b, version: 2 }))).toBe('trusted');
  });

  it('that came first makes a later succession worth nothing: the person is asked', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    store.apply([revocation(a)]);
    expect(store.apply([succession(a, b)]).applied).toEqual([]);
    expect(store.judge(eventPackage({ key: b, version: 2 })).verdict).toEqual({ kind: 'first-use', knownName: true });
  });

  it('of the new key does not bring the old one back', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    store.apply([succession(a, b), revocation(b)]);
    expect(verdictOf(store, eventPackage({ key: b, version: 2 }))).toBe('key-revoked');
    expect(verdictOf(store, eventPackage({ key: a, version: 2 }))).toBe('wrong-key');
  });
});

describe('a stolen key', () => {
  it('cannot replace what was replaced before: the first succession holds and the second is reported', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    store.apply([succession(a, b)]);
    expect(store.apply([succession(a, thief, { 'com.example.event': 0 }, 0)])).toMatchObject({ applied: [], ignored: [{ why: expect.stringMatching(/thief/) }] });
    expect(verdictOf(store, eventPackage({ key: thief, version: 2 }))).toBe('wrong-key');
    expect(verdictOf(store, eventPackage({ key: b, version: 2 }))).toBe('trusted');
  });

  it('whose thief was first loses what he got as soon as the owner replaces and revokes it; then the person decides', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    store.apply([succession(a, thief)]);
    take(store, eventPackage({ key: thief, version: 2 }));
    store.apply([succession(thief, d)]);
    const { ignored } = store.apply([succession(a, b), revocation(a)]);
    expect(ignored).toMatchObject([{ why: expect.stringMatching(/ask the publisher/) }]);
    for (const signer of [thief, d, b]) {
      if (signer !== thief) expect(store.judge(eventPackage({ key: signer, version: 3 })).verdict).toEqual({ kind: 'first-use', knownName: true });
      else expect(verdictOf(store, eventPackage({ key: signer, version: 3 }))).toBe('wrong-key'); // replaced by his own hand
    }
    take(store, eventPackage({ key: b, version: 3 }));
    expect(verdictOf(store, eventPackage({ key: d, version: 4 }))).toBe('wrong-key');
    // The same statements come with every package: nothing changes any more.
    store.apply([succession(a, b), revocation(a), succession(a, thief)]);
    expect(verdictOf(store, eventPackage({ key: b, version: 4 }))).toBe('trusted');
  });

  it('can at worst make us ask again about its successor, and not when the person knows it otherwise', () => {
    for (const installed of [false, true]) {
      const { store } = newStore();
      take(store, eventPackage({ key: a }));
      store.apply([succession(a, b)]);
      if (installed) store.install(b, 'By file');
      store.apply([succession(a, thief), revocation(a)]);
      expect(verdictOf(store, eventPackage({ key: b, version: 2 }))).toBe(installed ? 'trusted' : 'first-use');
      const { verdict } = store.judge(eventPackage({ key: thief, version: 2 }));
      expect(verdict).toMatchObject(installed ? { kind: 'refused', code: 'wrong-key' } : { kind: 'first-use', knownName: true });
    }
  });

  it('that the person revokes after two successions were seen is asked about like one that the publisher revoked', () => {
    const { store } = newStore();
    take(store, eventPackage({ key: a }));
    store.apply([succession(a, thief)]);
    store.apply([succession(a, b)]);
    expect(verdictOf(store, eventPackage({ key: thief, version: 2 }))).toBe('trusted');
    store.revoke(a);
    expect(verdictOf(store, eventPackage({ key: thief, version: 2 }))).toBe('first-use');
  });
});

it('reads a bounded number of statements and says what it left out', () => {
  const { store } = newStore();
  const statements = Array.from({ length: 250 }, (_, index) => revocation(testSecretKey(index).publicKey));
  const { applied, ignored } = store.apply(statements);
  expect([applied.length, ignored.length]).toEqual([200, 50]);
});
