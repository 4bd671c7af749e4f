// How the trackers of a package answer, by host alone: a tracker's path may hold a key that is one person's.
import type { IncidentKind, PackageFigures } from '../../contract/index.ts';
import type { Torrent, TrackerInfo } from '../engine/engine.ts';
import { median } from '../net/diagnosis/latency-statistics.ts';

type TrackerFigures = PackageFigures['trackers'][number];

interface Host { answerMs: number | null; recent: number[]; answers: number; failures: number; failed: boolean }
/** Of one tracker of one torrent at the last look. */
interface Seen { answers: number; failures: number; lastAnswerAt: number | null }

const MAX_HOSTS = 50;
const RECENT = 31;

export class TrackersByHost {
  readonly #hosts = new Map<string, Host>();

  constructor(kept: readonly TrackerFigures[] = []) {
    for (const { host, answerMs, medianAnswerMs, answers, failures } of kept.slice(0, MAX_HOSTS)) {
      this.#hosts.set(host, { answerMs, recent: medianAnswerMs === null ? [] : [medianAnswerMs], answers, failures, failed: false });
    }
  }

  /** @param tell a host answers no more, or again */
  look(torrents: readonly Torrent[], tell: (kind: IncidentKind, host: string) => void): void {
    const states = new Map<Host, { host: string; working: boolean; failed: boolean }>();
    for (const torrent of torrents) {
      for (const tracker of torrent.trackers()) {
        const name = hostOf(tracker.url);
        if (name === null) continue;
        const host = this.#hosts.get(name) ?? this.#add(name);
        if (!host) continue;
        count(host, tracker, seenOf(torrent, tracker.url));
        const state = states.get(host) ?? { host: name, working: false, failed: false };
        state.working ||= tracker.state === 'working';
        state.failed ||= tracker.state === 'failed';
        states.set(host, state);
      }
    }
    for (const [host, { host: name, working, failed }] of states) {
      // Asked again, it is neither: what was known holds until it has answered or failed.
      if (!working && failed && !host.failed) tell('tracker-failed', name);
      if (working && host.failed) tell('tracker-back', name);
      if (working || failed) host.failed = !working;
    }
  }

  figures(): TrackerFigures[] {
    return [...this.#hosts].map(([host, { answerMs, recent, answers, failures }]) => ({ host, answerMs, medianAnswerMs: recent.length > 0 ? median(recent) : null, answers, failures }));
  }

  #add(name: string): Host | null {
    if (this.#hosts.size >= MAX_HOSTS) return null;
    const host: Host = { answerMs: null, recent: [], answers: 0, failures: 0, failed: false };
    this.#hosts.set(name, host);
    return host;
  }
}

const seen = new WeakMap<Torrent, Map<string, Seen>>();

/** Kept beside the torrent, so that figures that were put away and read again count nothing twice. */
function seenOf(torrent: Torrent, url: string): Seen {
  const byUrl = seen.get(torrent) ?? new Map<string, Seen>();
  seen.set(torrent, byUrl);
  const found = byUrl.get(url) ?? { answers: 0, failures: 0, lastAnswerAt: null };
  byUrl.set(url, found);
  return found;
}

function count(host: Host, tracker: TrackerInfo, before: Seen): void {
  if (tracker.lastAnswerAt !== null && tracker.lastAnswerAt !== before.lastAnswerAt) {
    before.lastAnswerAt = tracker.lastAnswerAt;
    if (tracker.answerMs !== null) {
      host.answerMs = tracker.answerMs;
      host.recent.push(tracker.answerMs);
      if (host.recent.length > RECENT) host.recent.shift();
    }
  }
  host.answers += since(tracker.answers, before.answers);
  host.failures += since(tracker.failures, before.failures);
  before.answers = tracker.answers;
  before.failures = tracker.failures;
}

/** A tracker that was taken out and added again counts from the beginning. */
const since = (now: number, before: number): number => (now >= before ? now - before : now);

/** The name alone, without port, path and query; null when it is no address. */
export function hostOf(url: string): string | null {
  const name = URL.parse(url)?.hostname;
  return name ? name.slice(0, 255) : null;
}
