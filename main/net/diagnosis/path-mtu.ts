// Whether large packets get through: a black hole swallows them without a word, so that connections open and then stall.
import type { CheckResult, IpFamily, ServerAddress } from './check-types.ts';
import { ProbeClient, ProbeClientError } from './probe-client.ts';
import { runCheck } from './run-check.ts';
import type { Finding } from './run-check.ts';
import { pingWhole } from './system-ping.ts';

export interface PathMtuContext {
  family: IpFamily;
  /** A probe server, for TCP both ways; null leaves TCP out. */
  probe: ServerAddress | null;
  /** An address for the system's ping; null leaves it out. */
  pingTarget: string | null;
}

type Direction = 'up' | 'down';
/** `black-hole`: small segments pass and large ones never do. */
export type TcpPath = 'ok' | 'black-hole' | 'unknown';
interface TcpFinding { path: TcpPath; mtu: number | null }

const DEADLINE_MS = 20_000;
// What lines really have: tunnels, PPPoE, IPv6's least, plain Ethernet.
const MTUS = [1_500, 1_492, 1_480, 1_472, 1_460, 1_454, 1_440, 1_420, 1_400, 1_360, 1_320, 1_280, 1_200, 1_000];
const SMALL_BYTES = 256;
const FIRST_MS = 1_200;
const SECOND_MS = 2_400;
const BURST_SEGMENTS = 8;

/**
 * Facts: `tcpUp`, `tcpDown` (`ok`, `black-hole`, `unknown`), `tcpUpMtu`, `tcpDownMtu` (bytes; the largest that passed in one segment, only for a black
 * hole), `pingMtu` (the largest that ping got through whole; null unknown), `hintedMtu` (what a router said), `observedAddress`
 * (under which the server sees us), `reason`.
 * `problem`: a black hole; `warning`: a smaller path that announces itself; `ok` otherwise.
 */
export function checkPathMtu(context: PathMtuContext, signal: AbortSignal): Promise<CheckResult> {
  return runCheck('path-mtu', DEADLINE_MS, signal, async (inner): Promise<Finding> => {
    const { probe, pingTarget, family } = context;
    let reason: string | null = null;
    let observedAddress: string | null = null;
    const tcp = async (direction: Direction): Promise<TcpFinding> => {
      if (probe === null) return { path: 'unknown', mtu: null };
      return tcpPath(probe, family, direction, (address) => (observedAddress = address), inner).catch((error: unknown) => {
        inner.throwIfAborted();
        reason = error instanceof ProbeClientError ? error.reason : 'failed';
        return { path: 'unknown' as const, mtu: null };
      });
    };
    const [up, down, ping] = await Promise.all([tcp('up'), tcp('down'), pingTarget === null ? null : pingPath(pingTarget, inner)]);
    const facts = {
      tcpUp: up.path, tcpDown: down.path, tcpUpMtu: up.mtu, tcpDownMtu: down.mtu, pingMtu: ping?.mtu ?? null, hintedMtu: ping?.hintedMtu ?? null, observedAddress, reason,
    };
    if (up.path === 'black-hole' || down.path === 'black-hole') return { outcome: 'problem', facts };
    const isKnown = up.path === 'ok' || down.path === 'ok' || facts.pingMtu !== null;
    return { outcome: !isKnown ? 'unknown' : facts.pingMtu !== null && facts.pingMtu < 1_500 ? 'warning' : 'ok', facts };
  });
}

// A fresh connection for each size, as the kernel learns what passes; twice where it fails, as packets get lost without a reason too.
async function tcpPath(probe: ServerAddress, family: IpFamily, direction: Direction, seenAs: (address: string) => void, signal: AbortSignal): Promise<TcpFinding> {
  const passes = async (bytes: number): Promise<boolean> => await once(bytes, FIRST_MS) || once(bytes, SECOND_MS);
  const once = async (bytes: number, timeoutMs: number): Promise<boolean> => {
    const client = await ProbeClient.open(probe, family, signal);
    seenAs(client.hello.address);
    try {
      return await (direction === 'up' ? client.sendBurst(bytes, timeoutMs) : client.receiveBurst(bytes, timeoutMs));
    } finally {
      client.close();
    }
  };
  const [small, large] = await Promise.all([passes(SMALL_BYTES), passes(BURST_SEGMENTS * payloadOf(1_500, family))]);
  if (!small) return { path: 'unknown', mtu: null };
  if (large) return { path: 'ok', mtu: null };
  const tried = await Promise.all(MTUS.map(async (mtu) => ({ mtu, passed: await passes(payloadOf(mtu, family)) })));
  return { path: 'black-hole', mtu: tried.find(({ passed }) => passed)?.mtu ?? null };
}

// TCP's header with time stamps, as every system sends them by now but Windows, where a segment is then 12 bytes short of full.
const payloadOf = (mtu: number, family: IpFamily): number => mtu - (family === 4 ? 52 : 72);

async function pingPath(target: string, signal: AbortSignal): Promise<{ mtu: number; hintedMtu: number | null } | null> {
  const [small, full] = await Promise.all([pingWhole(target, 600, signal), pingWhole(target, 1_500, signal)]);
  if (!small?.passed || !full) return null; // no ping here, or nobody answers it
  if (full.passed) return { mtu: 1_500, hintedMtu: null };
  const tried = await Promise.all(MTUS.slice(1).map(async (mtu) => ({ mtu, ping: await pingWhole(target, mtu, signal) })));
  const hintedMtu = full.hintedMtu ?? tried.map(({ ping }) => ping?.hintedMtu ?? null).find((hint) => hint !== null) ?? null;
  return { mtu: tried.find(({ ping }) => ping?.passed)?.mtu ?? 600, hintedMtu };
}
