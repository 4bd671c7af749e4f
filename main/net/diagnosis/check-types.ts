// The words of every check of the network: what came out of it, and the facts that it rests on.

export type CheckId =
  | 'nat' | 'nat-layers' | 'ipv6' | 'vpn' | 'captive-portal' | 'probe' | 'path-mtu' | 'latency' | 'turn';

/** `unknown`: it could not be found out (no server, no answer, cancelled, out of time); never to be shown as good or bad. */
export type CheckOutcome = 'ok' | 'problem' | 'warning' | 'unknown' | 'not-applicable';

/** Names of facts carry their unit (`idleMedianMs`). A fact that is null was asked for and not found out. */
export type CheckFacts = Record<string, string | number | boolean | null>;

export interface CheckResult {
  id: CheckId;
  outcome: CheckOutcome;
  facts: CheckFacts;
  tookMs: number;
}

/** Every check settles within its own deadline, also when the signal aborts, and never rejects. */
export type Check<Context> = (context: Context, signal: AbortSignal) => Promise<CheckResult>;

export type IpFamily = 4 | 6;

/** A server that was configured, with a name or an address. */
export interface ServerAddress { host: string; port: number }
