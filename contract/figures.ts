// What is measured of one package while it is delivered: now, over time, and what happened. Nothing in it names a person.
import * as z from 'zod';

const bytes = z.number().int().nonnegative();
const rate = z.number().nonnegative();
const time = z.number().int().nonnegative(); // epoch ms
const count = z.number().int().nonnegative();

/** One look at a package; rates in bytes per second. */
export const FiguresPoint = z.object({
  at: time,
  people: rate, server: rate, upload: rate, // received from people, from web seeds, sent to people
  connected: count, complete: count, helping: count, // people connected, those among them who have everything, those who sent us something
  joined: count, left: count, // people who came and went since the point before
  rarestCopies: count, meanCopies: z.number().nonnegative(), // of the wanted pieces, among the people connected
  done: z.number().min(0).max(1),
});
export type FiguresPoint = z.infer<typeof FiguresPoint>;

export const IncidentKind = z.enum([
  'tracker-failed', 'tracker-back', 'server-failed', 'server-back', 'stalled', 'went-on', 'more-server', 'less-server', 'gentle-start', 'full-speed', 'peer-banned', 'transport-chosen',
]);
export type IncidentKind = z.infer<typeof IncidentKind>;
/** What happened and, where known, why; `detail` is for people who look closer (a host name, a status), never an address of a person. */
export const Incident = z.object({ at: time, kind: IncidentKind, detail: z.string().max(300).nullable() });
export type Incident = z.infer<typeof Incident>;

/** The gentle beginning towards servers: `share` of the full demand is allowed now. */
export const SmoothingFigures = z.object({ share: z.number().min(0).max(1), endsAt: time, allowedBytesPerSecond: rate.nullable() });
/** What the thresholds do at the moment, and because of what. */
export const ControlFigures = z.object({ action: z.enum(['none', 'more-server']), reason: z.enum(['slow-first-piece', 'rare-pieces', 'stall']).nullable(), since: time.nullable() });
export const TransportFigures = z.object({
  preferred: z.enum(['tcp', 'utp']), decidedBy: z.enum(['package', 'setting', 'measured', 'default']),
  tcp: z.object({ bytesPerSecond: rate, variation: z.number().nonnegative(), samples: count }).nullable(), // variation: standard deviation over mean
  utp: z.object({ bytesPerSecond: rate, variation: z.number().nonnegative(), samples: count }).nullable(),
});
export type SmoothingFigures = z.infer<typeof SmoothingFigures>;
export type ControlFigures = z.infer<typeof ControlFigures>;
export type TransportFigures = z.infer<typeof TransportFigures>;

export const PackageFigures = z.object({
  id: z.string(), name: z.string(), at: time,
  startedAt: time.nullable(), completedAt: time.nullable(), firstPieceMs: z.number().nonnegative().nullable(), // from the start to the first verified piece
  bytes: z.object({ people: bytes, server: bytes, local: bytes, wasted: bytes, uploaded: bytes, total: bytes }),
  originShare: z.number().min(0).max(1).nullable(), // server / (server + people); null before the first byte
  now: FiguresPoint,
  churnPerMinute: rate, // people who came or went in the last minute
  skew: z.number().min(0).max(1).nullable(), // 1 - rarest / mean copies; null while nobody is connected
  trackers: z.array(z.object({ host: z.string(), answerMs: z.number().nonnegative().nullable(), medianAnswerMs: z.number().nonnegative().nullable(), answers: count, failures: count })),
  smoothing: SmoothingFigures.nullable(),
  control: ControlFigures,
  transport: TransportFigures,
  incidents: z.array(Incident).max(500),
  /**
   * Oldest first, steps that are over alone; `at` is the beginning of a step. Nothing is recorded while nothing moves. The step doubles when it gets long: then the whole
   * has to be asked for again. With `since`, and in events, only the points behind that time or since the event before.
   */
  history: z.object({ stepMs: z.number().int().positive(), points: z.array(FiguresPoint).max(1300) }),
});
export type PackageFigures = z.infer<typeof PackageFigures>;

/** What is kept of a package, also after it was removed. */
export const FiguresReport = z.object({ id: z.string(), name: z.string(), startedAt: time.nullable(), at: time, here: z.boolean() }); // at: the last look; here: the package is in the library
export type FiguresReport = z.infer<typeof FiguresReport>;

/** One package for monitoring: counters that never sink while the core runs, and how things are now. */
export const PackageMetrics = PackageFigures.pick({
  id: true, name: true, startedAt: true, completedAt: true, firstPieceMs: true, bytes: true, originShare: true, skew: true, trackers: true, smoothing: true, control: true,
}).extend({
  now: FiguresPoint.pick({ connected: true, complete: true, helping: true, rarestCopies: true, meanCopies: true, done: true }),
  joined: count, left: count, // people, since the figures of the package began
});
export type PackageMetrics = z.infer<typeof PackageMetrics>;

/** All packages (the first 1000 of the queue) and the core itself, for monitoring. */
export const Metrics = z.object({
  at: time, version: z.string(), packageCount: count, packages: z.array(PackageMetrics).max(1000),
  core: z.object({ startedAt: time, cpuSeconds: z.number().nonnegative(), memoryBytes: bytes }),
  totals: z.object({ receivedBytes: bytes, uploadedBytes: bytes, connected: count, dhtNodes: count }), // bytes since the core began
});
export type Metrics = z.infer<typeof Metrics>;
