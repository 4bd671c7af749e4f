// What is kept of a package between runs; the pieces themselves are in the store's resume data.
import { z } from 'zod';
import { InfoHash, Order, PackageId, RateLimit, SeedingGoal } from '../../contract/index.ts';

export const PackageRecord = z.object({
  id: PackageId,
  infoHash: InfoHash,
  name: z.string(),
  addedAt: z.number(),
  completedAt: z.number().nullable(),
  folder: z.string(),
  paused: z.boolean(),
  order: Order,
  /** One digit a file: 0 skip, 1 normal, 2 high; empty: all normal. */
  priorities: z.string().regex(/^[012]*$/),
  /** Files of a magnet's `so`, until its metadata is there. */
  selectOnly: z.array(z.number().int()).nullable(),
  trackers: z.array(z.array(z.string())),
  webSeeds: z.array(z.string()),
  peers: z.array(z.string()),
  exactSources: z.array(z.string()).default([]),
  downBytesPerSecond: RateLimit,
  upBytesPerSecond: RateLimit,
  uploadSlots: z.number().int().nullable(),
  seedingGoal: SeedingGoal.nullable(),
  /** Given once the goal is lifted by "Share again": sharing goes on although it was reached. */
  shareAgain: z.boolean().default(false),
  sharedMs: z.number().default(0),
  counters: z.object({ receivedBytes: z.number(), uploadedBytes: z.number(), fromPeople: z.number(), fromServer: z.number() }),
});
export type PackageRecord = z.infer<typeof PackageRecord>;

export const LibraryFile = z.object({ version: z.literal(1), packages: z.array(z.unknown()) });
