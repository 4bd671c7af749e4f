// Trackers by host: answer times, counts, and when one fails or comes back.
import { describe, expect, it } from 'vitest';
import type { Torrent, TrackerInfo } from '../../../main/engine/engine.ts';
import { hostOf, TrackersByHost } from '../../../main/services/figures-trackers.ts';

const tracker = (url: string, part: Partial<TrackerInfo> = {}): TrackerInfo => ({
  url, tier: 0, state: 'working', message: null, seeders: 1, leechers: 1, lastAnswerAt: 1000, nextAnnounceAt: 2000, answerMs: 40, answers: 1, failures: 0, medianAnswerMs: 40, ...part,
});
/** A torrent whose trackers a test changes. */
const torrentWith = (...trackers: TrackerInfo[]) => {
  const torrent = { all: trackers, trackers: () => torrent.all };
  return torrent as typeof torrent & Torrent;
};

describe('trackers by host', () => {
  it('names the host alone: a path may hold a key', () => {
    expect(hostOf('https://user:pass@tracker.example:8443/0123passkey/announce?x=1')).toBe('tracker.example');
    expect(hostOf('udp://tracker.example:6969')).toBe('tracker.example');
    expect(hostOf('no address')).toBeNull();
  });

  it('adds up the addresses of one host and all layers, and counts nothing twice', () => {
    const one = torrentWith(tracker('udp://t.example/a'), tracker('https://t.example/b', { answerMs: 80, answers: 2, failures: 1 }));
    const other = torrentWith(tracker('udp://t.example/a', { answerMs: 60, lastAnswerAt: 1500 }));
    const trackers = new TrackersByHost();
    for (let i = 0; i < 3; i++) trackers.look([one, other], () => {});
    expect(trackers.figures()).toEqual([{ host: 't.example', answerMs: 60, medianAnswerMs: 60, answers: 4, failures: 1 }]);
    one.all = [tracker('udp://t.example/a', { answerMs: 20, lastAnswerAt: 9000, answers: 2 })];
    trackers.look([one, other], () => {});
    expect(trackers.figures()).toEqual([{ host: 't.example', answerMs: 20, medianAnswerMs: 50, answers: 5, failures: 1 }]);
  });

  it('counts nothing again when its figures were put away and read once more', () => {
    const torrent = torrentWith(tracker('udp://t.example', { answers: 7 }));
    const before = new TrackersByHost();
    before.look([torrent], () => {});
    const after = new TrackersByHost(before.figures());
    after.look([torrent], () => {});
    expect(after.figures()).toEqual(before.figures());
  });

  it('tells when a host fails and when it is back, once each, and not while it is asked again', () => {
    const torrent = torrentWith(tracker('udp://t.example'));
    const trackers = new TrackersByHost();
    const told: string[] = [];
    const states: TrackerInfo['state'][] = ['working', 'announcing', 'failed', 'announcing', 'failed', 'announcing', 'working', 'working'];
    for (const state of states) {
      torrent.all = [tracker('udp://t.example', { state })];
      trackers.look([torrent], (kind, host) => told.push(`${kind} ${host}`));
    }
    expect(told).toEqual(['tracker-failed t.example', 'tracker-back t.example']);
  });

  it('does not call a host failed while one of its addresses answers', () => {
    const trackers = new TrackersByHost();
    const told: string[] = [];
    trackers.look([torrentWith(tracker('udp://t.example', { state: 'failed' }), tracker('https://t.example'))], (kind) => told.push(kind));
    expect(told).toEqual([]);
  });

  it('keeps at most fifty hosts', () => {
    const trackers = new TrackersByHost();
    trackers.look([torrentWith(...Array.from({ length: 80 }, (_, i) => tracker(`udp://t${i}.example`)))], () => {});
    expect(trackers.figures()).toHaveLength(50);
  });
});
