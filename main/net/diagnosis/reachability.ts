// Asks a probe server to connect back: whether others reach the ports of this program from outside.
import { randomBytes } from 'node:crypto';
import type { CheckResult, IpFamily, ServerAddress } from './check-types.ts';
import { ProbeClient, ProbeClientError } from './probe-client.ts';
import { runCheck } from './run-check.ts';
import { StunSocket } from './stun.ts';
import type { ConnectBackAnswer, UdpKind } from '../probe-server/probe-protocol.ts';
import { LOWEST_PORT } from '../probe-server/probe-protocol.ts';

export interface ReachabilityContext {
  probe: ServerAddress;
  family: IpFamily;
  /** The port as seen from outside (the mapped one); something must accept connections behind it. null: TCP is not asked about. */
  tcpPort: number | null;
  /** The same for UDP. */
  udpPort: number | null;
  /** What answers behind the UDP port: a DHT node, a uTP listener, or (`echo`) this check itself, which then opens `localUdpPort`. */
  udpKind: UdpKind;
  /** Only for `echo`; the same as `udpPort` unless told. */
  localUdpPort?: number;
}

export type PortReach = 'reachable' | 'unreachable' | 'unknown' | 'not-asked';

const DEADLINE_MS = 14_000;

/**
 * Facts: `tcp`, `udp` (`reachable`, `unreachable`, `unknown`, `not-asked`), `tcpOutcome` (`connected`, `refused`, `timeout`, `unreachable`),
 * `observedAddress`, `isFromStranger` (the server came from an address that was never spoken to), `family`, `reason`. `ok`: all that was asked for is
 * reachable; `problem`: nothing is; `warning`: a part. A server that does not help leaves everything `unknown`.
 */
export function isReachable(context: ReachabilityContext, signal: AbortSignal): Promise<CheckResult> {
  return runCheck('probe', DEADLINE_MS, signal, async (inner) => {
    const { family, udpKind } = context;
    const usable = (port: number | null): number | null => (port !== null && port >= LOWEST_PORT && port <= 65_535 ? port : null);
    const [tcpPort, udpPort] = [usable(context.tcpPort), usable(context.udpPort)];
    const about = { family, tcpPort: context.tcpPort, udpPort: context.udpPort };
    if (tcpPort === null && udpPort === null) return { outcome: 'not-applicable', facts: { ...about, tcp: 'not-asked', udp: 'not-asked' } };
    const unasked = { tcp: context.tcpPort === null ? 'not-asked' : 'unknown', udp: context.udpPort === null ? 'not-asked' : 'unknown' };
    let client: ProbeClient | null = null;
    try {
      client = await ProbeClient.open(context.probe, family, inner);
      const word = randomBytes(8).toString('hex');
      const listening = udpPort !== null && udpKind === 'echo' ? await answerEcho(family, context.localUdpPort ?? udpPort, word, inner) : null;
      const answer = await client.connectBack({ tcpPort, udpPort, udpKind, word });
      await listening?.close();
      return { ...judge(answer, unasked), facts: { ...about, ...judge(answer, unasked).facts, observedAddress: client.hello.address, isFromStranger: answer.fromSecondAddress } };
    } catch (error) {
      inner.throwIfAborted();
      return { outcome: 'unknown', facts: { ...about, ...unasked, reason: error instanceof ProbeClientError ? error.reason : 'failed' } };
    } finally {
      client?.close();
    }
  });
}

function judge(answer: ConnectBackAnswer, unasked: { tcp: string; udp: string }) {
  const tcp = answer.tcp === null ? unasked.tcp : answer.tcp.outcome === 'connected' ? 'reachable' : 'unreachable';
  // Where the server could not send at all, nothing was found out.
  const udp = answer.udp === null ? unasked.udp : answer.udp.answered ? 'reachable' : answer.udp.sent > 0 ? 'unreachable' : 'unknown';
  const found = [tcp, udp].filter((one) => one !== 'not-asked');
  const outcome = found.every((one) => one === 'reachable') ? 'ok' as const : found.includes('reachable') ? 'warning' as const
    : found.includes('unreachable') ? 'problem' as const : 'unknown' as const;
  return { outcome, facts: { tcp, udp, tcpOutcome: answer.tcp?.outcome ?? null } };
}

async function answerEcho(family: IpFamily, port: number, word: string, signal: AbortSignal): Promise<StunSocket> {
  const socket = await StunSocket.open({ family, port }, signal);
  const expected = Buffer.from(`FLASHSWARM-PROBE-BACK ${word}`);
  socket.onOther((bytes, from) => expected.equals(bytes) && socket.send(bytes, from));
  return socket;
}
