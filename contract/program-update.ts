// Newer versions of the program itself: what a host says of them, and what the core found true of a signed description.
import * as z from 'zod';

/** The file that describes the newest version for a system, as electron-builder names it. */
export const UpdateMetadataName = z.string().regex(/^latest(-mac|-linux(-(arm64|arm|ia32))?)?\.yml$/);

/** A description of the newest version whose signature holds. */
export const VerifiedUpdate = z.object({
  version: z.string(), releasedAt: z.number().int().nonnegative(), // epoch ms
  isNewer: z.boolean(), // than the running one
  signedAt: z.number().int().nonnegative(), isStale: z.boolean(), // stale: signed so long ago that somebody may hold newer ones back
  files: z.array(z.object({ url: z.string(), sha512: z.string(), size: z.number().int().positive() })), // url: a name beside the description; sha512 in base64
});
export type VerifiedUpdate = z.infer<typeof VerifiedUpdate>;

export const ProgramUpdate = z.object({
  state: z.enum(['off', 'none', 'checking', 'available', 'downloading', 'ready', 'failed']),
  version: z.string().nullable(), // the newer one
  progress: z.number().min(0).max(1).nullable(),
  message: z.string().nullable(), // why it is off, failed, or not to be relied on
  installs: z.boolean(), // false: this kind of installation is replaced by hand, the program only tells
  checkedAt: z.number().int().nonnegative().nullable(),
});
export type ProgramUpdate = z.infer<typeof ProgramUpdate>;
