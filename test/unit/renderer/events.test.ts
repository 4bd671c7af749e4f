// What the interface says of event packages: sentences, what is still needed before a start, what can be played.
import { describe, expect, it } from 'vitest';
import type { Preview } from '../../../contract/index.ts';
import en from '../../../assets/translations/en.json';
import { stillNeeded } from '../../../renderer/features/add/still-needed.ts';
import { isRefusal } from '../../../renderer/features/add/refusal.tsx';
import { canPlay, playlistOf } from '../../../renderer/features/player/playable.ts';
import { text } from '../../../renderer/i18n.ts';
import { sentenceOf } from '../../../renderer/sentences.ts';
import { addressOf, eventFiles, eventOf, eventPreviews, refusals } from '../../support/fake-events.ts';
import { signedPackages, stateOf, summaryOf } from '../../support/fake-world.ts';

const NOW = new Date(2026, 4, 14, 9, 30).getTime();
const TOMORROW = new Date(2026, 4, 15, 18, 0).getTime();
const LATER = new Date(2026, 11, 24, 18, 0).getTime();

describe('sentences of event packages', () => {
  const plain = summaryOf(0, { name: 'x', state: stateOf('complete', 'opens-later'), size: 1e9, done: 1 });
  const say = (reason: Parameters<typeof stateOf>[1], part: Partial<typeof plain> = {}): string => {
    const { key, values } = sentenceOf({ ...plain, state: stateOf('complete', reason), ...part }, NOW);
    return text(key, values);
  };
  const update = { state: 'getting' as const, version: 2, fetchBytes: 1.1e6, fetchedBytes: 0.4e6, reusedBytes: 2.4e9, checkedAt: null, nextCheckAt: null, message: null };
  it.each<[string, string]>([
    [say('core-ready'), 'Core ready. Getting the extras.'],
    [say('opens-later', { event: eventOf({ startsAt: TOMORROW }) }), 'Fetched. Opens tomorrow at 18:00.'],
    [say('opens-later', { event: eventOf({ startsAt: LATER }) }), 'Fetched. Opens on 24 Dec, 18:00.'],
    [say('opens-later', { event: eventOf({ startsAt: TOMORROW }), bytesDone: 1 }), 'Getting it in advance. Opens tomorrow at 18:00.'],
    [say('sealed', { event: eventOf({ startsAt: TOMORROW }) }), 'Fetched and sealed. Opens tomorrow at 18:00.'],
    [say('sealed', { event: eventOf({ startsAt: NOW - 1 }) }), 'Fetched and sealed. Waiting for its publisher to open it.'],
    [say('updating', { event: eventOf({ update }) }), 'Updating to version 2: 0.4 of 1.1 MB, 2.4 GB reused.'],
    [say('updating', { event: eventOf({ update: { ...update, reusedBytes: 0 } }) }), 'Updating to version 2: 0.4 of 1.1 MB.'],
    [say('key-revoked'), "Its publisher's key was revoked. Nothing more is fetched."],
    [say('layer-refused'), 'One part does not match what the publisher signed. It was left out.'],
  ])('says "%s"', (said, words) => expect(said).toBe(words));
  it('offers to open what is ready, and a newer version only where there is an address for it', () => {
    const actionOf = (reason: 'core-ready' | 'expired', event = eventOf()): string | null => sentenceOf({ ...plain, event, state: stateOf('complete', reason) }, NOW).action;
    expect([actionOf('core-ready'), actionOf('expired'), actionOf('expired', eventOf({ update: null }))]).toEqual(['open', 'check-update', null]);
  });
});

describe('before a package can start', () => {
  const preview = (name: string): Preview => ({ ...(eventPreviews.get(addressOf(name)) as Preview), previewId: 'p' });
  const nothing = { skipped: new Set<number>(), trust: false, acceptedTerms: false, acceptedRegion: false };
  it('asks for trust, then terms, then the region, and for no more', () => {
    const first = preview('first-use');
    expect(stillNeeded({ ...nothing, preview: first })).toBe('event.need.trust');
    expect(stillNeeded({ ...nothing, preview: first, trust: true })).toBe('event.need.terms');
    expect(stillNeeded({ ...nothing, preview: first, trust: true, acceptedTerms: true })).toBe('event.need.region');
    expect(stillNeeded({ preview: first, skipped: new Set(), trust: true, acceptedTerms: true, acceptedRegion: true })).toBe(null);
  });
  it('asks nothing of a trusted publisher', () => expect(stillNeeded({ ...nothing, preview: preview('trusted') })).toBe(null));
  it('starts nothing new from what is no longer valid', () => {
    expect(stillNeeded({ preview: preview('out-of-time'), skipped: new Set(), trust: true, acceptedTerms: true, acceptedRegion: true })).toBe('event.need.expired');
  });
});

describe('refusals', () => {
  it('have a title each', () => {
    expect(Object.keys(en.refusal).filter((key) => key !== 'choosePub').sort()).toEqual(Object.keys(refusals).sort());
    for (const code of Object.keys(refusals)) expect(isRefusal(code)).toBe(true);
    expect([isRefusal('bad-link'), isRefusal('toString'), isRefusal(undefined)]).toEqual([false, false, false]);
  });
});

describe('what can be played', () => {
  const live = signedPackages().find((one) => one.event?.live);
  const files = live ? eventFiles(live) : [];
  it('is a complete file of a known kind that is not waiting for its check', () => {
    const file = { path: 'a/b.MP4', length: 10, bytesDone: 10, check: 'right' as const };
    expect([canPlay(file), canPlay({ ...file, check: 'none' }), canPlay({ ...file, bytesDone: 9 }), canPlay({ ...file, check: 'wrong' }), canPlay({ ...file, check: 'waiting' }), canPlay({ ...file, path: 'a.exe' })])
      .toEqual([true, true, false, false, false, false]);
  });
  it('puts the parts of a live event into their order, whatever order the files are in', () => {
    const list = playlistOf(files.toReversed(), live?.layers ?? []);
    expect(list.map((file) => file.path)).toEqual(Array.from({ length: 12 }, (_, index) => `live/part-${String(index).padStart(4, '0')}.wav`));
    expect(list.filter(canPlay)).toHaveLength(11);
  });
});
