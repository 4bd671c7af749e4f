// Derives what is going on with a package, in one place; nothing of it is ever stored.
import type { PackageState } from '../../contract/index.ts';

/** Everything the derivation looks at. */
export interface StateInput {
  now: number;
  hasMetadata: boolean;
  paused: boolean;
  held: 'metered' | 'battery' | null; // nothing may run at the moment
  running: boolean; // the queue lets it run
  work: { kind: 'checking' | 'moving'; progress: number } | null;
  problem: { code: string; message: string; missingBytes?: number } | null;
  complete: boolean; // every chosen byte verified
  anythingChosen: boolean;
  goalReached: boolean;
  connected: number;
  connecting: number;
  sending: number;
  receiving: number;
  peersWithData: number;
  downloadBytesPerSecond: number;
  limitBytesPerSecond: number | null; // the own limit that binds, if any
  nextLookAt: number | null;
  startedAt: number; // when it last began to run
  smoothingUntil: number | null; // epoch ms: when the gentle beginning ends, while that is what keeps it from being faster
  /** null: a plain torrent. */
  event: {
    revoked: boolean; expired: boolean; coreReady: boolean; layerRefused: boolean; sealed: boolean; updating: boolean; severalLayers: boolean;
    opensAt: number | null; // null: open already
  } | null;
}

type Derived = Pick<PackageState, 'kind' | 'reason'> & Partial<PackageState>;

/** How long a package may look for sources before it is said that nobody is there. */
const lookingMs = 8_000;
/** A limit of one's own counts as the cause when the speed is this near to it. */
const nearLimit = 0.8;
/** Below this a download counts as slow and the sentence says why. */
const slowBytesPerSecond = 100_000;

const problemReasons = ['disk-full', 'not-writable', 'files-missing', 'file-changed', 'bad-metadata'] as const;

function derive(s: StateInput): Derived {
  if (s.work) return { kind: s.work.kind, reason: s.work.kind, progress: s.work.progress };
  if (s.problem) {
    const reason = problemReasons.find((known) => known === s.problem?.code) ?? 'internal';
    return { kind: 'problem', reason, message: s.problem.message, missingBytes: s.problem.missingBytes ?? null };
  }
  if (s.event?.revoked) return { kind: 'problem', reason: 'key-revoked' };
  if (s.event?.layerRefused && s.complete) return { kind: 'problem', reason: 'layer-refused' };
  if (s.paused) return { kind: 'paused', reason: 'by-user' };
  if (s.held && !(s.complete && s.goalReached)) return { kind: 'paused', reason: s.held === 'metered' ? 'held-metered' : 'held-battery' };
  if (!s.hasMetadata) return { kind: 'metadata', reason: 'asking' };
  if (s.complete) {
    if (!s.anythingChosen) return { kind: 'complete', reason: 'not-selected' };
    if (s.event?.opensAt) return { kind: s.goalReached ? 'complete' : 'seeding', reason: 'opens-later', retryAt: s.event.opensAt };
    if (s.event?.sealed) return { kind: s.goalReached ? 'complete' : 'seeding', reason: 'sealed' };
    if (s.goalReached) return { kind: 'complete', reason: 'goal-reached' };
    return { kind: 'seeding', reason: s.receiving > 0 ? 'sharing' : 'nobody-wants' };
  }
  if (s.event?.expired && !s.running) return { kind: 'paused', reason: 'expired' };
  if (!s.running) return { kind: 'queued', reason: 'waiting-for-slot' };
  const coreUsable = s.event !== null && s.event.coreReady && s.event.severalLayers && !s.event.updating;
  if (!coreUsable && s.smoothingUntil !== null) return { kind: 'downloading', reason: 'smoothing', retryAt: s.smoothingUntil };
  if (s.sending === 0 && s.downloadBytesPerSecond < 1) {
    if (s.peersWithData === 0 && s.now - s.startedAt > lookingMs) return { kind: 'no-source', reason: 'no-source', retryAt: s.nextLookAt };
    if (!coreUsable) return { kind: 'downloading', reason: 'connecting' };
  }
  // That it can be opened counts for more than how fast the rest comes.
  if (coreUsable) return { kind: 'downloading', reason: 'core-ready' };
  if (s.limitBytesPerSecond !== null && s.downloadBytesPerSecond >= nearLimit * s.limitBytesPerSecond) {
    return { kind: 'downloading', reason: 'own-limit', limitBytesPerSecond: s.limitBytesPerSecond };
  }
  if (s.downloadBytesPerSecond < slowBytesPerSecond) {
    return { kind: 'downloading', reason: s.sending < s.peersWithData / 2 ? 'few-can-send' : 'source-limit' };
  }
  if (s.event?.updating) return { kind: 'downloading', reason: 'updating' };
  return { kind: 'downloading', reason: 'going' };
}

/** The state with the time since it began; `before` is the state of the last look. */
export function packageState(s: StateInput, before: { kind: string; reason: string; beganAt: number } | null): { state: PackageState; beganAt: number } {
  const derived = derive(s);
  const beganAt = before && before.kind === derived.kind ? before.beganAt : s.now;
  return {
    beganAt,
    state: {
      sinceMs: Math.max(0, s.now - beganAt),
      sending: s.sending,
      connected: s.connected,
      limitBytesPerSecond: null,
      retryAt: null,
      missingBytes: null,
      progress: null,
      message: null,
      ...derived,
    },
  };
}
