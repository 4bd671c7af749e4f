// The messages between a host and its core: requests with ids, events, a heartbeat and an orderly stop.
import * as z from 'zod';

/** How a core is to run; handed over in the environment variable FLASHSWARM_CORE as JSON. */
export const CoreOptions = z.object({
  dataDir: z.string(),
  downloadDir: z.string(), // used until the settings name another
  /** Keys and version marks, when several cores share them; absent: `trust.sqlite` in the data folder. */
  trustFile: z.string().optional(),
  version: z.string(),
  allowPrivate: z.boolean().default(false), // http(s) to private addresses, for a venue's edge cache and for tests
  /** What the command line says goes before the settings and is not stored. */
  settings: z.record(z.string(), z.unknown()).default({}),
  peers: z.array(z.string()).default([]), // dialled for every package
  dhtBootstrap: z.array(z.string()).optional(),
  /** Which way connections are made; `auto` tries TCP, then uTP. */
  transport: z.enum(['auto', 'tcp', 'utp']).optional(),
});
export type CoreOptions = z.infer<typeof CoreOptions>;

export const ToCore = z.discriminatedUnion('t', [
  z.object({ t: z.literal('request'), id: z.number(), name: z.string(), input: z.unknown() }),
  z.object({ t: z.literal('ping'), id: z.number() }),
  z.object({ t: z.literal('stop'), deadlineMs: z.number() }),
  /** What a host's dialog or command line chose; the core resolves the handle. Never from a renderer. */
  z.object({ t: z.literal('grant'), handle: z.string(), path: z.string() }),
  z.object({ t: z.literal('host-answer'), id: z.number(), ok: z.boolean(), message: z.string().optional() }),
]);
export type ToCore = z.infer<typeof ToCore>;

export const FromCore = z.discriminatedUnion('t', [
  z.object({ t: z.literal('ready') }),
  z.object({ t: z.literal('answer'), id: z.number(), answer: z.unknown() }),
  z.object({ t: z.literal('event'), name: z.string(), payload: z.unknown() }),
  z.object({ t: z.literal('pong'), id: z.number() }),
  z.object({ t: z.literal('stopped') }),
  z.object({ t: z.literal('fatal'), message: z.string() }), // cannot run at all (data folder in use); no restart helps
  /** The host moves these to the trash: files and then-empty folders that a package owns. */
  z.object({ t: z.literal('host-request'), id: z.number(), method: z.literal('trash'), paths: z.array(z.string()) }),
]);
export type FromCore = z.infer<typeof FromCore>;
