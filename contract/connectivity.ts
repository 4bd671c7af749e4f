// What is known of the way between this machine and the others: checks, verdicts and advice, as schemas.
import * as z from 'zod';

const time = z.number().int().nonnegative(); // epoch ms

/**
 * How others reach us on one path. open: others can connect to us, seen from outside; moderate: a mapping or a friendly NAT lets most through, not proven
 * from outside; strict: only we can connect to others; blocked: nothing of this kind gets out; unknown: not found out.
 */
export const Reach = z.enum(['open', 'moderate', 'strict', 'blocked', 'unknown']);
export type Reach = z.infer<typeof Reach>;

export const PathReach = z.object({
  transport: z.enum(['tcp', 'udp']), family: z.union([z.literal(4), z.literal(6)]), reach: Reach,
  /** Ids of the checks that it rests on. */
  because: z.array(z.string()),
});
export type PathReach = z.infer<typeof PathReach>;

export const CheckId = z.enum([
  'network', 'gateway', 'mapping', 'nat', 'nat-layers', 'ipv6', 'captive-portal', 'vpn', 'inbound', 'probe', 'probe6', 'path-mtu', 'latency', 'turn',
]);
export type CheckId = z.infer<typeof CheckId>;

/** One measurement. `facts` are for the second level; `says` chooses the sentence of the first (connectivity.check.ID.SAYS). */
export const Check = z.object({
  id: CheckId,
  state: z.enum(['waiting', 'running', 'done', 'cancelled', 'skipped']),
  outcome: z.enum(['ok', 'problem', 'warning', 'unknown', 'not-applicable']),
  says: z.string().max(60),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  startedAt: time.nullable(), tookMs: z.number().nonnegative().nullable(),
});
export type Check = z.infer<typeof Check>;

/** The one thing to do; chooses the sentence and the button. */
export const ActionKind = z.enum([
  'none', 'wait', 'sign-in-to-network', 'forward-port', 'turn-on-upnp', 'bridge-mode', 'ask-provider', 'use-ipv6', 'open-ipv6-firewall', 'leave-vpn', 'allow-in-firewall',
  'lower-mtu', 'set-qos', 'use-other-network', 'allow-outside-checks', 'check-again',
]);
export type ActionKind = z.infer<typeof ActionKind>;

export const Gateway = z.object({
  address: z.string(), manufacturer: z.string().nullable(), model: z.string().nullable(),
  /** Its own page, on its own address. */
  pageUrl: z.string().nullable(),
});
export type Gateway = z.infer<typeof Gateway>;

export const PortMapping = z.object({
  protocol: z.enum(['tcp', 'udp']), internalPort: z.number().int(), externalPort: z.number().int().nullable(), externalAddress: z.string().nullable(),
  method: z.string(), confirmed: z.boolean(), expiresAt: time.nullable(), error: z.string().nullable(),
});
export type PortMapping = z.infer<typeof PortMapping>;

export const Verdict = z.object({
  reach: Reach,
  paths: z.array(PathReach),
  /** What it means for downloads (connectivity.means.MEANS). */
  means: z.enum(['best', 'good', 'fewer-people', 'slow', 'none', 'unknown']),
  action: z.object({ kind: ActionKind, facts: z.record(z.string(), z.union([z.string(), z.number()])) }),
});
export type Verdict = z.infer<typeof Verdict>;

export const Connectivity = z.object({
  state: z.enum(['never', 'running', 'done']),
  startedAt: time.nullable(), finishedAt: time.nullable(),
  /** What happened since: the verdict may be of another network, and is checked again by itself. */
  since: z.enum(['network', 'resumed']).nullable(),
  verdict: Verdict,
  /** Of the run before, to compare. */
  before: z.object({ verdict: Verdict, finishedAt: time }).nullable(),
  checks: z.array(Check),
  gateway: Gateway.nullable(),
  mappings: z.array(PortMapping),
  ownAddresses: z.array(z.string()), listenPort: z.number().int(),
  /** Whether servers outside may be asked, and which these are. */
  consent: z.boolean(),
  servers: z.array(z.object({ kind: z.enum(['stun', 'turn', 'probe', 'portal']), address: z.string(), from: z.enum(['settings', 'package']) })),
  /** The publisher's own words about networks, where a package brings some. */
  hint: z.string().nullable(),
});
export type Connectivity = z.infer<typeof Connectivity>;

/** Servers for measurements; empty lists mean that nobody outside is asked. */
export const DiagnosisServers = z.object({
  stun: z.array(z.string().max(300)).max(8), probe: z.array(z.string().max(500)).max(4), turn: z.array(z.object({
    address: z.string().max(300), username: z.string().max(200), password: z.string().max(200),
  })).max(4), portal: z.array(z.string().max(500)).max(4),
});
export type DiagnosisServers = z.infer<typeof DiagnosisServers>;
