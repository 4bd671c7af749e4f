// Invented figures of a package in a crowd, for tests and pictures of the event view.
import type { FiguresPoint, PackageFigures } from '../../contract/index.ts';

/** A download of three minutes that begins at a server and goes over to people. @param seconds how far it is */
export function figuresOf(id: string, name: string, seconds = 90, at = Date.UTC(2026, 4, 2, 18, 0, 0)): PackageFigures {
  const points: FiguresPoint[] = [];
  for (let second = 0; second <= seconds; second++) {
    const shift = Math.min(1, second / 30);
    points.push({
      at: at + second * 1000, people: 6e6 * shift * (1 + 0.1 * Math.sin(second)), server: 4e6 * (1 - shift), upload: 5e6 * shift, connected: Math.min(24, second), complete: Math.floor(second / 40),
      helping: Math.min(18, Math.floor(second / 2)), joined: second < 24 ? 1 : 0, left: second % 30 === 29 ? 1 : 0, rarestCopies: Math.floor(second / 20), meanCopies: second / 8,
      done: Math.min(1, second / 180),
    });
  }
  const now = points.at(-1)!;
  return {
    id, name, at: now.at, startedAt: at, completedAt: null, firstPieceMs: 640, bytes: { people: 410_000_000, server: 60_000_000, local: 0, wasted: 16_384, uploaded: 380_000_000, total: 940_000_000 },
    originShare: 60 / 470, now, churnPerMinute: 6, skew: 0.4,
    trackers: [{ host: 'tracker.example', answerMs: 42, medianAnswerMs: 45, answers: 3, failures: 0 }],
    smoothing: seconds < 120 ? { share: 0.1 + 0.9 * (seconds / 120), endsAt: at + 120_000, allowedBytesPerSecond: 900_000 } : null,
    control: { action: 'none', reason: null, since: null },
    transport: { preferred: 'tcp', decidedBy: 'measured', tcp: { bytesPerSecond: 6e6, variation: 0.12, samples: 9 }, utp: { bytesPerSecond: 4e6, variation: 0.3, samples: 4 } },
    incidents: [{ at: at + 500, kind: 'gentle-start', detail: null }, { at: at + 41_000, kind: 'more-server', detail: 'rare pieces' }, { at: at + 66_000, kind: 'less-server', detail: null }],
    history: { stepMs: 1000, points },
  };
}
