// How long a round trip takes, to the router and to a probe server, at rest and while something is transferred.
import type { CheckResult, IpFamily, ServerAddress } from './check-types.ts';
import { isBloated, latencyBoundMs, median } from './latency-statistics.ts';
import { ProbeClient } from './probe-client.ts';
import { pause, runCheck } from './run-check.ts';
import type { Finding } from './run-check.ts';
import { hopAt, pingTimes } from './system-ping.ts';
import { tryTcp } from './tcp-try.ts';

/** One way to measure a round trip; a lost one is null. Rejects when there is no way to measure at all. */
export interface RoundTripMeter {
  target: 'gateway' | 'probe' | 'hop';
  measure(signal: AbortSignal): Promise<number | null>;
  close(): void;
}

export interface LatencyContext {
  family: IpFamily;
  /** The router's address; null leaves it out. */
  gateway: string | null;
  probe: ServerAddress | null;
  /** Runs a real transfer until its signal aborts; null when there is none at the moment: then only the time at rest is measured. */
  load: ((signal: AbortSignal) => Promise<void>) | null;
}

const DEADLINE_MS = 25_000;
const IDLE_SAMPLES = 8;
const LOADED_SAMPLES = 20;
const INTERVAL_MS = 200;
const LOST_MS = 2_000;
// Queues take a while to fill.
const WARM_UP_MS = 2_000;
const GATEWAY_PORTS = [80, 443, 53, 9];
const HOPS_BEYOND = [2, 3];

/**
 * Facts for each target (`gateway`, `probe`): `gatewayIdleMs`, `gatewayLoadedMs`, `probeIdleMs`, `probeLoadedMs` (medians; null not measured), and
 * `bloated` (null without a load), `boundMs`. `problem`: a round trip under load takes longer than `latencyBoundMs` allows; `ok` otherwise.
 */
export function checkLatency(context: LatencyContext, signal: AbortSignal): Promise<CheckResult> {
  return runCheck('latency', DEADLINE_MS, signal, async (inner): Promise<Finding> => {
    const meters = await openMeters(context, inner);
    if (meters.length === 0) return { outcome: 'unknown', facts: { reason: 'nobody-answers' } };
    const idle = await sampleAll(meters, IDLE_SAMPLES, inner);
    let loaded: (number | null)[] = meters.map(() => null);
    if (context.load) {
      const stop = new AbortController();
      const load = context.load(AbortSignal.any([inner, stop.signal])).catch(() => {});
      try {
        await pause(WARM_UP_MS, inner);
        loaded = await sampleAll(meters, LOADED_SAMPLES, inner);
      } finally {
        stop.abort();
        await load;
      }
    }
    for (const meter of meters) meter.close();
    const facts: Finding['facts'] = { gatewayIdleMs: null, gatewayLoadedMs: null, probeIdleMs: null, probeLoadedMs: null };
    meters.forEach(({ target }, i) => {
      facts[`${target}IdleMs`] = rounded(idle[i] ?? null);
      facts[`${target}LoadedMs`] = rounded(loaded[i] ?? null);
    });
    const compared = meters.flatMap((_, i) => (idle[i] != null && loaded[i] != null ? [{ idleMs: idle[i], loadedMs: loaded[i] }] : []));
    const bloated = context.load === null || compared.length === 0 ? null : compared.some((one) => isBloated(one.idleMs, one.loadedMs));
    const last = compared.at(-1);
    return {
      outcome: idle.every((one) => one === null) ? 'unknown' : bloated ? 'problem' : 'ok',
      facts: { ...facts, bloated, boundMs: last ? rounded(latencyBoundMs(last.idleMs)) : null },
    };
  });
}

/** A meter for each target that answers. */
export async function openMeters({ gateway, probe, family }: Pick<LatencyContext, 'gateway' | 'probe' | 'family'>, signal: AbortSignal): Promise<RoundTripMeter[]> {
  const opened = await Promise.all([
    gateway === null ? null : gatewayMeter(gateway, signal).catch(() => null), probe === null ? null : probeMeter(probe, family, signal).catch(() => null),
  ]);
  signal.throwIfAborted();
  return opened.filter((meter) => meter !== null);
}

/** Round trips over one open connection to a probe server; a lost one costs the connection, and the next opens another. */
export async function probeMeter(probe: ServerAddress, family: IpFamily, signal: AbortSignal): Promise<RoundTripMeter> {
  let client: ProbeClient | null = await ProbeClient.open(probe, family, signal);
  return {
    target: 'probe',
    async measure() {
      try {
        client ??= await ProbeClient.open(probe, family, signal);
        return await client.echo(LOST_MS);
      } catch {
        client?.close();
        client = null;
        return null;
      }
    },
    close: () => client?.close(),
  };
}

/** By the system's ping where there is one and the router answers it, else by how long it takes to accept or refuse a connection. */
export async function gatewayMeter(gateway: string, signal: AbortSignal): Promise<RoundTripMeter | null> {
  const pinged = await pingTimes(gateway, 1, 200, signal);
  if (pinged && pinged.length > 0) {
    return { target: 'gateway', measure: async (inner) => (await pingTimes(gateway, 1, 200, inner))?.[0] ?? null, close: () => {} };
  }
  const tries = await Promise.all(GATEWAY_PORTS.map(async (port) => ({ port, tried: await tryTcp({ host: gateway, port }, 1_000, signal) })));
  const found = tries.find(({ tried }) => tried.rttMs !== null);
  if (!found) return null;
  return { target: 'gateway', measure: async (inner) => (await tryTcp({ host: gateway, port: found.port }, LOST_MS, inner)).rttMs, close: () => {} };
}

/**
 * The first router beyond one's own that answers to the system's ping; null where there is no ping, or none of the next two answers.
 * @param towards an address on the internet; nothing of this ever gets there
 */
export async function hopMeter(towards: string, signal: AbortSignal): Promise<RoundTripMeter | null> {
  for (const ttl of HOPS_BEYOND) {
    const hop = await hopAt(towards, ttl, signal);
    signal.throwIfAborted();
    if (hop === null || hop.kind === 'arrived') return null;
    if (hop.kind === 'silent') continue;
    const { address } = hop;
    const pinged = await pingTimes(address, 1, 200, signal);
    if (pinged && pinged.length > 0) return { target: 'hop', measure: async (inner) => (await pingTimes(address, 1, 200, inner))?.[0] ?? null, close: () => {} };
  }
  return null;
}

async function sampleAll(meters: RoundTripMeter[], count: number, signal: AbortSignal): Promise<(number | null)[]> {
  return Promise.all(meters.map(async (meter) => {
    const times: number[] = [];
    let lost = 0;
    for (let i = 0; i < count; i++) {
      const time = await meter.measure(signal);
      signal.throwIfAborted();
      if (time === null) lost++;
      else times.push(time);
      if (lost > 3) break;
      await pause(INTERVAL_MS, signal);
    }
    // What is lost under load counts as late, else a line that drops would look like one that is quick.
    return times.length === 0 ? null : median([...times, ...Array<number>(lost).fill(LOST_MS)]);
  }));
}

const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 10) / 10);
