// What is said about time: expiry holds though the system's clock is wrong, and nobody can move time for others.
import { describe, expect, it } from 'vitest';
import { day, eventPackage, hour, key, minute, newStore, noon, take } from './trust-parts.ts';

const [a, b] = [key('a'), key('b')];
const time = (store: ReturnType<typeof newStore>['store'], pkg: Parameters<typeof store.judge>[0]) => {
  const { expired, warnings } = store.judge(pkg);
  return { expired, warnings };
};

describe('expiry', () => {
  it('is said from its very moment on, and does not change whether the publisher is trusted', () => {
    const { store, clock } = newStore();
    const pkg = eventPackage({ key: a, issuedAt: noon - day, expiresAt: noon + 30 * day });
    take(store, pkg);
    expect(time(store, pkg)).toEqual({ expired: false, warnings: [] });
    clock.at = noon + 30 * day - 1;
    expect(time(store, pkg)).toEqual({ expired: false, warnings: ['expires-soon'] });
    clock.at += 1;
    expect(store.judge(pkg)).toMatchObject({ verdict: { kind: 'trusted' }, expired: true, warnings: ['expired'] });
  });

  it('is near in the last three days, or the last tenth of a short life', () => {
    const { store, clock } = newStore();
    const long = eventPackage({ key: a, issuedAt: noon, expiresAt: noon + 100 * day });
    const short = eventPackage({ key: a, issuedAt: noon, expiresAt: noon + 10 * hour });
    clock.at = noon + 9 * hour - 1;
    expect(time(store, short).warnings).toEqual([]);
    clock.at = noon + 9 * hour;
    expect(time(store, short).warnings).toEqual(['expires-soon']);
    clock.at = noon + 97 * day - 1;
    expect(time(store, long).warnings).toEqual([]);
    clock.at = noon + 97 * day;
    expect(time(store, long).warnings).toEqual(['expires-soon']);
  });
});

describe('a clock that is behind', () => {
  it('is told from a package of the future, ten minutes of difference aside', () => {
    const { store } = newStore();
    expect(time(store, eventPackage({ key: a, issuedAt: noon + 10 * minute })).warnings).toEqual([]);
    expect(time(store, eventPackage({ key: a, issuedAt: noon + 10 * minute + 1 })).warnings).toEqual(['clock-behind']);
  });

  it('brings no expired package back to life', () => {
    const { store, clock, reopen } = newStore();
    const old = eventPackage({ key: b, id: 'com.other', name: 'Other', issuedAt: noon - 9 * day, expiresAt: noon - day });
    take(store, eventPackage({ key: a, issuedAt: noon }));
    clock.at = noon - 5 * day;
    expect(time(reopen(), old)).toEqual({ expired: true, warnings: ['expired', 'clock-behind'] });
  });

  it('that was always behind is made up for by what the same publisher signed', () => {
    const { store, clock } = newStore();
    clock.at = Date.UTC(1970, 0, 1);
    take(store, eventPackage({ key: a, version: 2, issuedAt: noon }));
    expect(time(store, eventPackage({ key: a, id: 'com.other', issuedAt: noon - 9 * day, expiresAt: noon - day }))).toEqual({ expired: true, warnings: ['expired', 'clock-behind'] });
  });
});

it('lets a publisher who writes the year 2099 harm no packages but his own', () => {
  const { store } = newStore();
  take(store, eventPackage({ key: a, issuedAt: Date.UTC(2099, 0, 1) }));
  const other = eventPackage({ key: b, id: 'com.other', name: 'Other', issuedAt: noon - hour, expiresAt: noon + 300 * day });
  expect(time(store, other)).toEqual({ expired: false, warnings: [] });
  expect(time(store, eventPackage({ key: a, id: 'com.own', expiresAt: noon + 300 * day }))).toEqual({ expired: true, warnings: ['expired', 'clock-behind'] });
});
