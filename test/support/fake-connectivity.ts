// What is known of a network that does not exist, for the interface's tests.
import type { Check, CheckId, Connectivity } from '../../contract/index.ts';

const ids: CheckId[] = ['network', 'gateway', 'mapping', 'inbound', 'vpn', 'captive-portal', 'nat', 'nat-layers', 'ipv6', 'probe', 'probe6', 'path-mtu', 'latency', 'turn'];

const check = (id: CheckId): Check => ({ id, state: 'waiting', outcome: 'unknown', says: 'waiting', facts: {}, startedAt: null, tookMs: null });

/** A report that was never run, with changes. */
export function connectivityOf(change: Partial<Connectivity> = {}): Connectivity {
  return {
    state: 'never', startedAt: null, finishedAt: null, before: null,
    verdict: { reach: 'unknown', paths: [], means: 'unknown', action: { kind: 'check-again', facts: {} } },
    checks: ids.map(check), gateway: null, mappings: [], ownAddresses: ['192.168.1.10'], listenPort: 51_413, consent: false,
    servers: [{ kind: 'stun', address: 'stun.example:3478', from: 'settings' }], hint: null, ...change,
  };
}
