// Whether the network answers in the place of servers, as hotels do until one has signed in: a known address must answer exactly.
import { GateError } from '../outbound-gate.ts';
import type { OutboundGate } from '../outbound-gate.ts';
import type { CheckResult } from './check-types.ts';
import { pause, runCheck } from './run-check.ts';

export interface PortalProbe {
  /** A configured plain http address: with https nothing could answer in its place. */
  url: string;
  /** What it answers, to the byte (white space at the ends aside); '' for an empty answer (204). */
  expectedBody: string;
}

/** As settings name one: the address, and after a space what it answers; an address alone answers nothing (204). Null for what is no plain http address. */
export function parsePortalProbe(text: string): PortalProbe | null {
  const [, url, expectedBody = ''] = /^(http:\/\/\S{1,450})(?:\s+(.{0,450}))?$/is.exec(text.trim().slice(0, 950)) ?? [];
  return url !== undefined && URL.canParse(url) ? { url, expectedBody } : null;
}

export interface CaptivePortalContext { gate: Pick<OutboundGate, 'fetchBytes'>; probes: PortalProbe[] }

type Finding = 'exact' | 'redirected' | 'other-content' | 'led-inside' | 'no-answer';

const DEADLINE_MS = 6_000;
const REQUEST_MS = 4_000;
const MAX_PROBES = 3;
const MAX_BODY_BYTES = 16_384;

/**
 * Facts: `portal` (true, false, null), `evidence` (`exact`, `redirected`, `other-content`, `led-inside`, `no-answer`), `openUrl` (where to sign in: the
 * probe itself, which the portal answers). `problem`: a portal; `warning`: some answer exactly and some do not.
 */
export function checkCaptivePortal({ gate, probes }: CaptivePortalContext, signal: AbortSignal): Promise<CheckResult> {
  return runCheck('captive-portal', DEADLINE_MS, signal, async (inner) => {
    const asked = probes.slice(0, MAX_PROBES).filter(({ url }) => /^http:\/\//i.test(url));
    if (asked.length === 0) return { outcome: 'not-applicable', facts: { portal: null, evidence: null, openUrl: null } };
    const found = await Promise.all(asked.map(async (probe) => ({ url: probe.url, finding: await ask(gate, probe, inner) })));
    const exact = found.some(({ finding }) => finding === 'exact');
    const taken = found.find(({ finding }) => finding !== 'exact' && finding !== 'no-answer');
    if (taken) return { outcome: exact ? 'warning' : 'problem', facts: { portal: !exact, evidence: taken.finding, openUrl: taken.url } };
    return { outcome: exact ? 'ok' : 'unknown', facts: { portal: exact ? false : null, evidence: exact ? 'exact' : 'no-answer', openUrl: null } };
  });
}

async function ask(gate: CaptivePortalContext['gate'], probe: PortalProbe, signal: AbortSignal): Promise<Finding> {
  try {
    const timeUp = new GateError('timeout', 'The address took too long to answer.');
    // A connection that is still being opened does not always heed the time that the gate was given.
    const late = pause(REQUEST_MS, signal).then(() => Promise.reject(timeUp));
    const { body } = await Promise.race([gate.fetchBytes(probe.url, { maxBytes: MAX_BODY_BYTES, maxRedirects: 0, timeoutMs: REQUEST_MS, signal }), late]);
    return new TextDecoder().decode(body).trim() === probe.expectedBody.trim() ? 'exact' : 'other-content';
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    if (error.code === 'bad-redirect') return 'redirected';
    // A name that suddenly leads into the own network is a portal's doing.
    if (error.code === 'private-address') return 'led-inside';
    // 511 is the portals' own (RFC 6585); other errors may be the server's.
    return error.code === 'too-large' || (error.code === 'bad-status' && (error.status === 511 || (error.status ?? 0) < 400)) ? 'other-content' : 'no-answer';
  }
}
