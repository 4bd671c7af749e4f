// Every situation of a package has one state and one reason, and the sentence follows from them.
import { describe, expect, it } from 'vitest';
import type { StateInput } from '../../../main/services/package-state.ts';
import { packageState } from '../../../main/services/package-state.ts';

const going: StateInput = {
  now: 100_000, hasMetadata: true, paused: false, held: null, running: true, work: null, problem: null, complete: false, anythingChosen: true, goalReached: false,
  connected: 4, connecting: 0, sending: 3, receiving: 1, peersWithData: 4, downloadBytesPerSecond: 2e6, limitBytesPerSecond: null, nextLookAt: 142_000, startedAt: 0, smoothingUntil: null, event: null,
};
const of = (change: Partial<StateInput>) => {
  const { state } = packageState({ ...going, ...change }, null);
  return `${state.kind}/${state.reason}`;
};

const event: NonNullable<StateInput['event']> = {
  revoked: false, expired: false, coreReady: true, layerRefused: false, sealed: false, updating: false, severalLayers: true, opensAt: null,
};

describe('package state', () => {
  it('says that the beginning is gentle, and until when, while that is what holds a download back', () => {
    const state = (change: Partial<StateInput>) => packageState({ ...going, ...change }, null).state;
    expect(state({ smoothingUntil: 1_900_000 })).toMatchObject({ kind: 'downloading', reason: 'smoothing', retryAt: 1_900_000 });
    // Also while nobody sends; but a package that is open already counts for more, and so does what the user did.
    expect(state({ smoothingUntil: 1_900_000, sending: 0, peersWithData: 0, downloadBytesPerSecond: 0 }).reason).toBe('smoothing');
    expect(state({ smoothingUntil: 1_900_000, event }).reason).toBe('core-ready');
    expect(state({ smoothingUntil: 1_900_000, paused: true })).toMatchObject({ kind: 'paused', retryAt: null });
    expect(state({ smoothingUntil: 1_900_000, complete: true }).kind).toBe('seeding');
  });

  it.each<[Partial<StateInput>, string]>([
    [{}, 'downloading/going'],
    [{ hasMetadata: false }, 'metadata/asking'],
    [{ paused: true }, 'paused/by-user'],
    [{ held: 'metered' }, 'paused/held-metered'],
    [{ held: 'battery', complete: true }, 'paused/held-battery'],
    [{ held: 'battery', complete: true, goalReached: true }, 'complete/goal-reached'],
    [{ held: 'battery', paused: true }, 'paused/by-user'],
    [{ running: false }, 'queued/waiting-for-slot'],
    [{ complete: true }, 'seeding/sharing'],
    [{ complete: true, receiving: 0 }, 'seeding/nobody-wants'],
    [{ complete: true, goalReached: true }, 'complete/goal-reached'],
    [{ complete: true, anythingChosen: false }, 'complete/not-selected'],
    [{ work: { kind: 'checking', progress: 0.5 } }, 'checking/checking'],
    [{ work: { kind: 'moving', progress: 0 }, paused: true }, 'moving/moving'],
    [{ problem: { code: 'disk-full', message: 'full' } }, 'problem/disk-full'],
    [{ problem: { code: 'something new', message: 'x' } }, 'problem/internal'],
    [{ sending: 0, downloadBytesPerSecond: 0, peersWithData: 0 }, 'no-source/no-source'],
    [{ sending: 0, downloadBytesPerSecond: 0, peersWithData: 0, startedAt: 99_000 }, 'downloading/connecting'],
    [{ sending: 0, downloadBytesPerSecond: 0, peersWithData: 2 }, 'downloading/connecting'],
    [{ downloadBytesPerSecond: 9e5, limitBytesPerSecond: 1e6 }, 'downloading/own-limit'],
    [{ downloadBytesPerSecond: 9e5, limitBytesPerSecond: 1e7 }, 'downloading/going'],
    [{ downloadBytesPerSecond: 5e4, sending: 1 }, 'downloading/few-can-send'],
    [{ downloadBytesPerSecond: 5e4, sending: 4 }, 'downloading/source-limit'],
  ])('%o is %s', (change, expected) => expect(of(change)).toBe(expected));

  it.each<[Partial<StateInput>, string]>([
    [{}, 'core-ready'],
    [{ downloadBytesPerSecond: 5e4, sending: 4 }, 'core-ready'],
    [{ downloadBytesPerSecond: 9e5, limitBytesPerSecond: 1e6 }, 'core-ready'],
    [{ sending: 0, downloadBytesPerSecond: 0, peersWithData: 2 }, 'core-ready'],
    [{ sending: 0, downloadBytesPerSecond: 0, peersWithData: 0 }, 'no-source'],
    [{ event: { ...event, updating: true } }, 'updating'],
    [{ event: { ...event, severalLayers: false } }, 'going'],
    [{ event: { ...event, coreReady: false }, downloadBytesPerSecond: 5e4, sending: 4 }, 'source-limit'],
  ])('goes on saying that the core can be opened however slowly the rest comes, but not that it comes when it does not: %o is %s', (change, expected) => {
    expect(of({ event, ...change }).split('/')[1]).toBe(expected);
  });

  it('tells how long a state has lasted and when sources are looked for again', () => {
    const first = packageState({ ...going, sending: 0, downloadBytesPerSecond: 0, peersWithData: 0 }, null);
    const later = packageState({ ...going, now: 130_000, sending: 0, downloadBytesPerSecond: 0, peersWithData: 0 }, { kind: 'no-source', reason: 'no-source', beganAt: first.beganAt });
    expect(later.state.sinceMs).toBe(30_000);
    expect(later.state.retryAt).toBe(142_000);
  });
});
