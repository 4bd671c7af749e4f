// A report of the network for others to read: nothing in it that tells where or whose it is.
import { isIPv4, isIPv6 } from 'node:net';
import type { Connectivity } from '../../contract/index.ts';

/** Addresses keep what tells their kind: the first half of IPv4 (private ones whole), the first two groups of IPv6. */
export function shortened(address: string): string {
  if (isIPv4(address)) {
    if (/^(10|127|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\./.test(address)) return address;
    return `${address.split('.').slice(0, 2).join('.')}.x.x`;
  }
  if (isIPv6(address)) return /^(fe[89ab]|f[cd])/i.test(address) ? `${address.split(':')[0]}:x` : `${address.split(':').slice(0, 2).join(':')}:x`;
  return address;
}

const hidden = new Set(['message', 'openUrl', 'proxyVariables', 'server', 'vpnInterface']);

/** What may leave: no names, no whole addresses, no credentials; times as they are. */
export function withoutPrivateData(report: Connectivity): Record<string, unknown> {
  const facts = (all: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (
    hidden.has(name) ? [] : [[name, typeof value === 'string' ? value.replaceAll(addressLike, (text) => shortened(text)) : value]]
  )));
  return {
    state: report.state, startedAt: iso(report.startedAt), finishedAt: iso(report.finishedAt), verdict: { ...report.verdict, action: { kind: report.verdict.action.kind } },
    before: report.before && { reach: report.before.verdict.reach, finishedAt: iso(report.before.finishedAt) },
    router: report.gateway && { manufacturer: report.gateway.manufacturer, model: report.gateway.model },
    mappings: report.mappings.map(({ protocol, internalPort, externalPort, externalAddress, method, confirmed, error }) => ({
      protocol, internalPort, externalPort, externalAddress: externalAddress && shortened(externalAddress), method, confirmed, error: error !== null,
    })),
    checks: report.checks.map(({ id, state, outcome, says, facts: all, tookMs }) => ({ id, state, outcome, says, tookMs, facts: facts(all) })),
    consent: report.consent, serversAsked: report.servers.length,
  };
}

/** The same as lines of text. */
export function asText(report: Connectivity): string {
  const clean = withoutPrivateData(report) as { checks: { id: string; state: string; outcome: string; says: string; tookMs: number | null; facts: Record<string, unknown> }[] };
  const lines = [
    `Connectivity: ${report.verdict.reach} (${report.verdict.means}); to do: ${report.verdict.action.kind}`,
    `Checked: ${iso(report.startedAt) ?? 'never'} to ${iso(report.finishedAt) ?? '-'}`,
    ...report.verdict.paths.map((path) => `${path.transport.toUpperCase()} over IPv${path.family}: ${path.reach}${path.because.length ? ` (${path.because.join(', ')})` : ''}`),
    '',
    ...clean.checks.map((check) => `${check.id}: ${check.state === 'done' ? `${check.outcome}, ${check.says}` : check.state}${check.tookMs === null ? '' : `, ${check.tookMs} ms`}${
      Object.entries(check.facts).map(([name, value]) => `\n    ${name}: ${String(value)}`).join('')}`),
  ];
  return `${lines.join('\n')}\n`;
}

const addressLike = /\b(?:\d{1,3}\.){3}\d{1,3}\b|(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi;
const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
