// Runs checks of the network inside a namespace: [{"name", "context"}] as its argument, side by side, results as one JSON line.
import { OutboundGate } from '../../main/net/outbound-gate.ts';
import { checkCaptivePortal } from '../../main/net/diagnosis/captive-portal.ts';
import type { CheckResult } from '../../main/net/diagnosis/check-types.ts';
import { checkIpv6 } from '../../main/net/diagnosis/ipv6.ts';
import { checkLatency, hopMeter } from '../../main/net/diagnosis/latency.ts';
import { checkNatBehaviour } from '../../main/net/diagnosis/nat-behaviour.ts';
import { checkNatLayers } from '../../main/net/diagnosis/nat-layers.ts';
import { readOsNetwork } from '../../main/net/diagnosis/os-network.ts';
import { checkPathInterference } from '../../main/net/diagnosis/path-interference.ts';
import { checkPathMtu } from '../../main/net/diagnosis/path-mtu.ts';
import { isReachable } from '../../main/net/diagnosis/reachability.ts';
import { checkTurn } from '../../main/net/diagnosis/turn.ts';

const asked = JSON.parse(process.argv[2]!) as { name: string; context: never }[];
const { signal } = new AbortController();
// eslint-disable-next-line typescript/no-explicit-any
const context = (given: unknown): any => given;

const checks: Record<string, (given: never) => Promise<CheckResult>> = {
  nat: (given) => checkNatBehaviour(given, signal),
  layers: (given) => checkNatLayers(given, signal),
  reachability: (given) => isReachable(given, signal),
  mtu: (given) => checkPathMtu(given, signal),
  turn: (given) => checkTurn(given, signal),
  hop: async (given) => {
    const meter = await hopMeter(context(given).towards, signal);
    const ms = await meter?.measure(signal) ?? null;
    meter?.close();
    return { name: 'hop', outcome: ms === null ? 'unknown' : 'ok', facts: { ms }, tookMs: 0 } as never;
  },
  latency: (given) => checkLatency(given, signal),
  ipv6: async (given) => checkIpv6({ ...context(given), network: await readOsNetwork({ 4: '25.0.0.2', 6: '2a00:9::2' }) }, signal),
  vpn: async () => checkPathInterference({ network: await readOsNetwork({ 4: '25.0.0.2', 6: '2a00:9::2' }), environment: {} }, signal),
  portal: (given) => checkCaptivePortal({ ...context(given), gate: new OutboundGate({ allowPrivate: false, userAgent: 'Flashswarm/test' }) }, signal),
};

const results = await Promise.all(asked.map(({ name, context: given }) => checks[name]!(given)));
process.stdout.write(`${JSON.stringify(results)}\n`, () => process.exit(0));
