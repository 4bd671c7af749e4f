// Every state and reason of the contract has a sentence, a word and, where one helps, one action; all in the translation file.
import { describe, expect, it } from 'vitest';
import { PackageState } from '../../../contract/index.ts';
import type { PackageState as State } from '../../../contract/index.ts';
import en from '../../../assets/translations/en.json';
import { text, texts } from '../../../renderer/i18n.ts';
import { iconOf, sentenceOf } from '../../../renderer/sentences.ts';
import { stateOf } from '../../support/fake-world.ts';

const kinds = PackageState.shape.kind.options;
const reasons = PackageState.shape.reason.options;
const NOW = 1_700_000_000_000;
const facts = (state: State, part = {}) => ({ state, uploadedBytes: 0, ratio: 1.44, hasMetadata: true, event: null, layers: [], bytesDone: 1e9, bytesWanted: 1e9, peers: { connected: 14, known: 20, sending: 2, receiving: 3, complete: 1 }, ...part });
const say = (state: State, part = {}): string => {
  const { key, values } = sentenceOf(facts(state, part), NOW);
  return text(key, values);
};

describe('sentences', () => {
  const fillings: Partial<State>[] = [{}, { retryAt: NOW + 42_000, missingBytes: 1.2e9, progress: 0.37, message: 'The disk is gone.', limitBytesPerSecond: 1e6 }];
  it.each(kinds.flatMap((kind) => reasons.map((reason) => [kind, reason] as const)))('has words for %s because of %s', (kind, reason) => {
    for (const filling of fillings) {
      const sentence = sentenceOf(facts(stateOf(kind, reason, filling)), NOW);
      const words = text(sentence.key, sentence.values);
      expect(words).not.toBe(sentence.key);
      expect(words).toMatch(/[.s]$/);
      expect(words).not.toMatch(/\{\{|!|∞|Infinity|NaN|undefined|null|oops/i);
      if (sentence.action) expect(text(`action.${sentence.action}`)).not.toContain('action.');
    }
    expect(iconOf(kind)).toBeTruthy();
    expect(text(`state.${kind}`)).not.toContain('state.');
  });

  it.each<[State, string]>([
    [stateOf('metadata', 'asking'), 'Asking people for the file list ... 12 s'],
    [stateOf('no-source', 'no-source', { retryAt: NOW + 42_000 }), 'Nobody who has this is online right now. Looking again in 0:42.'],
    [stateOf('no-source', 'no-source', { retryAt: NOW - 1 }), 'Nobody who has this is online right now. Looking again.'],
    [stateOf('downloading', 'going', { sending: 1 }), 'Getting it from 1 person.'],
    [stateOf('downloading', 'going', { sending: 0 }), 'Getting it.'],
    [stateOf('downloading', 'few-can-send', { sending: 2, connected: 14 }), '2 of 14 people can send to you.'],
    [stateOf('downloading', 'own-limit', { limitBytesPerSecond: 1e6 }), 'Held to 1.0 MB/s by your limit.'],
    [stateOf('downloading', 'source-limit', { connected: 9 }), 'The people who have this send slowly. You have asked all 9.'],
    [stateOf('problem', 'disk-full', { missingBytes: 1.2e9 }), 'Stopped: 1.2 GB too little on this disk.'],
    [stateOf('checking', 'checking', { progress: 0.37 }), 'Checking the files on disk, 37 %.'],
  ])('speaks of %s', (state, words) => expect(say(state)).toBe(words));

  it('speaks of a ratio only once something was given', () => {
    expect(say(stateOf('seeding', 'sharing'))).toBe('Sharing with 3 people.');
    expect(say(stateOf('seeding', 'sharing'), { uploadedBytes: 5 })).toBe('Sharing with 3 people. Given 1.4 times what you got.');
  });

  it('goes on counting between two messages', () => {
    const sentence = sentenceOf(facts(stateOf('metadata', 'asking', { sinceMs: 5000 })), NOW, NOW - 7000);
    expect(sentence).toMatchObject({ values: { time: '12 s' }, ticks: true });
  });

  it('offers no choice of files before there are any', () => {
    expect(sentenceOf(facts(stateOf('paused', 'not-selected'), { hasMetadata: false }), NOW).action).toBe(null);
    expect(sentenceOf(facts(stateOf('paused', 'not-selected')), NOW).action).toBe('choose-files');
  });
});

describe('the translation file', () => {
  it('has both numbers for each text that counts', () => {
    const walk = (part: object, path: string): string[] => Object.entries(part).flatMap(([key, value]) => (typeof value === 'string' ? [`${path}${key}`] : walk(value as object, `${path}${key}.`)));
    const keys = walk(en, '');
    for (const key of keys.filter((one) => one.endsWith('_one'))) expect(keys).toContain(key.replace(/_one$/, '_other'));
    for (const key of keys) expect(texts.exists(key)).toBe(true);
  });
});
