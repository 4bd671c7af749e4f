// Lets a check ask servers outside alone, and names the server that was of no help: inside, not to be found, silent, or none of its kind.
import type { Check } from '../../contract/index.ts';
import { isPublicAddress } from '../net/address-rules.ts';
import type { ServerAddress } from '../net/diagnosis/check-types.ts';
import { serverText } from '../net/diagnosis/outside-servers.ts';
import type { SortedServers } from '../net/diagnosis/outside-servers.ts';
import { runCheck } from '../net/diagnosis/run-check.ts';

export interface OutsideFinding { outcome: Check['outcome']; facts: Check['facts'] }

/** What was wrong with a server; chooses the sentence (connectivity.check.any.TROUBLE, connectivity.action.check-again.TROUBLE). */
export type ServerTrouble = 'not-outside' | 'server-not-found' | 'server-silent' | 'server-other' | 'server-refused';

const troubles: Readonly<Record<string, ServerTrouble>> = {
  'not-outside': 'not-outside', 'no-address': 'server-not-found', 'unreachable': 'server-silent', 'timeout': 'server-silent', 'no-probe-server': 'server-other',
  'busy': 'server-refused', 'too-often': 'server-refused', 'not-allowed': 'server-refused', 'bad-request': 'server-refused',
};

/** Longer than every check takes by itself, with the time to look servers up. */
const MOST_MS = 26_000;

/** What was wrong with the server that a finding names; null where it names none, or where the server was not the cause. */
export function troubleOf({ outcome, facts: { server, reason } }: { outcome: string; facts: Readonly<Record<string, unknown>> }): { server: string; trouble: ServerTrouble } | null {
  if (outcome !== 'unknown' || typeof server !== 'string' || typeof reason !== 'string') return null;
  const trouble = Object.hasOwn(troubles, reason) ? troubles[reason] : undefined;
  return trouble ? { server, trouble } : null;
}

/**
 * Runs the check with the servers that stand outside. Where there are none, or the first of them sees us under an address that is not public and so
 * stands inside after all, the finding is `unknown` with the facts `reason` and `server`; these are there too when the server did not help.
 */
export function askOutside(sorting: Promise<SortedServers>, signal: AbortSignal, run: (servers: ServerAddress[], signal: AbortSignal) => Promise<OutsideFinding>): Promise<OutsideFinding> {
  return runCheck('probe', MOST_MS, signal, async (inner): Promise<OutsideFinding> => {
    const { outside, inside, unresolved } = await sorting;
    inner.throwIfAborted();
    const [first] = outside;
    if (!first && unresolved[0]) return noHelp('no-address', unresolved[0]);
    if (!first && inside[0]) return noHelp('not-outside', inside[0].named);
    const { outcome, facts } = await run(outside.map(({ at }) => at), inner);
    if (!first) return { outcome, facts };
    const seen = facts.observedAddress ?? facts.externalAddress;
    if (typeof seen === 'string' && !isPublicAddress(seen)) return noHelp('not-outside', first.named);
    const named = { outcome, facts: { ...facts, reason: facts.reason ?? (facts.serversAnswered === 0 ? 'timeout' : null), server: serverText(first.named) } };
    return troubleOf(named) ? named : { outcome, facts };
  });
}

/** The check of IPv6 says something of this machine without any server: it runs anyway, and tells when those that it has stand inside. */
export async function withInside(sorting: Promise<SortedServers>, run: (servers: ServerAddress[]) => Promise<OutsideFinding>): Promise<OutsideFinding> {
  const { outside, inside } = await sorting;
  const found = await run(outside.map(({ at }) => at));
  const [first] = inside;
  return found.outcome === 'unknown' && outside.length === 0 && first ? { ...found, facts: { ...found.facts, ...noHelp('not-outside', first.named).facts } } : found;
}

const noHelp = (reason: string, server: ServerAddress): OutsideFinding => ({ outcome: 'unknown', facts: { reason, server: serverText(server) } });
