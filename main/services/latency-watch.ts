// Times the line while something is transferred and holds the engine back when everybody else in the house would have to wait.
import { EventEmitter } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ServerAddress } from '../net/diagnosis/check-types.ts';
import { gatewayMeter, hopMeter, probeMeter } from '../net/diagnosis/latency.ts';
import type { RoundTripMeter } from '../net/diagnosis/latency.ts';
import { LatencyGuard } from '../net/diagnosis/latency-guard.ts';
import type { GuardDecision, GuardLimits, GuardState } from '../net/diagnosis/latency-guard.ts';
import { pause } from '../net/diagnosis/run-check.ts';

export interface LatencyWatchOptions {
  isOn(): boolean;
  /** Bytes since the start. */
  transferred(): { receivedBytes: number; uploadedBytes: number };
  gateway(): Promise<string | null>;
  /** A probe server that may be asked; null: none. */
  probe(): ServerAddress | null;
  /** Somebody outside with whom bytes are exchanged anyway: where no probe server may be asked, the routers on the way there are timed. */
  towards?(): string | null;
  /** The meters themselves, for tests. */
  meters?: { gateway: typeof gatewayMeter; probe: typeof probeMeter; hop?: typeof hopMeter };
}

/** What the report says of the guard. */
export interface GuardReport extends GuardLimits {
  state: 'off' | GuardState;
  /** Who is timed at the moment: "gateway, probe"; '' for nobody. */
  timed: string;
  /** A round trip at rest, and now; null while nothing is timed. Milliseconds. */
  idleMs: number | null;
  loadedMs: number | null;
  /** When the line was last seen to bloat (epoch ms); null: not since the start. */
  bloatedAt: number | null;
}

const tickMs = 250;
// Less than this fills no queue: nothing is timed then.
const busyBytesPerSecond = 32_768;
const everyMs = { gateway: 300, probe: 100, hop: 300 };
type Target = keyof typeof everyMs;
/** A probe server ends a session after a minute; it is asked for a new one before. */
const renewAfterMs = 45_000;
/** What was given up sooner than this was refused or cut, not late. */
const lostAfterMs = 1_500;
const restAfterFailuresMs = 30_000;
const maxFailures = 3;
const loopResolutionMs = 10;
const lateMs = 8;
/** A full line cannot tell how quick it is when it rests: where nobody knows, all but this much is held back for a moment, once in a while. */
const lookMs = 1_200;
const lookLimits: GuardLimits = { downloadBytesPerSecond: 32_768, uploadBytesPerSecond: 32_768 };
const lookOverMs = 1_500;
const restIsKnownMs = 10 * 60_000;
const noLimits: GuardLimits = { downloadBytesPerSecond: null, uploadBytesPerSecond: null };

export class LatencyWatch extends EventEmitter<{ limits: []; state: [] }> {
  readonly #o: LatencyWatchOptions;
  readonly #guard = new LatencyGuard();
  readonly #timer: NodeJS.Timeout;
  readonly #timed = new Set<string>();
  #last: { at: number; receivedBytes: number; uploadedBytes: number };
  #decision: GuardDecision | null = null;
  #limits: GuardLimits = noLimits;
  #bloatedAt: number | null = null;
  #lookUntil = Number.NEGATIVE_INFINITY;
  /** When the round trip of each at rest was seen last. */
  readonly #restSeenAt = new Map<string, number>();
  #sampling: AbortController | null = null;
  #samplers: Promise<unknown> = Promise.resolve();

  constructor(options: LatencyWatchOptions) {
    super();
    this.#o = options;
    this.#last = { at: performance.now(), ...options.transferred() };
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#timer.unref();
  }

  /** What the engine may do at most; nulls while nothing is held back. */
  get limits(): GuardLimits {
    return this.#limits;
  }

  report(): GuardReport {
    const { idleMs = null, loadedMs = null } = this.#decision ?? {};
    return { ...this.#limits, idleMs, loadedMs, state: this.#o.isOn() ? this.#decision?.state ?? 'resting' : 'off', timed: [...this.#timed].sort().join(', '), bloatedAt: this.#bloatedAt };
  }

  /** A round trip that was measured while nothing was transferred: what the guard compares with. */
  noteIdle(target: Target, milliseconds: number): void {
    this.#guard.addSample(target, milliseconds, performance.now());
    this.#restSeenAt.set(target, performance.now());
  }

  /** The line may be another one: how quick it is at rest is to be learned anew. */
  forgetRest(): void {
    this.#restSeenAt.clear();
    this.#guard.forget();
  }

  /** Settles when nothing is timed any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop();
    await this.#samplers;
  }

  #tick(): void {
    const at = performance.now();
    const { receivedBytes, uploadedBytes } = this.#o.transferred();
    const seconds = (at - this.#last.at) / 1000;
    if (seconds <= 0) return;
    const traffic = {
      downloadBytesPerSecond: (receivedBytes - this.#last.receivedBytes) / seconds, uploadBytesPerSecond: (uploadedBytes - this.#last.uploadedBytes) / seconds,
    };
    this.#last = { at, receivedBytes, uploadedBytes };
    if (!this.#o.isOn()) {
      this.#stop();
      this.#decision = null;
      return this.#setLimits(noLimits);
    }
    // What passes while nearly all is held back, and just after, is not what the line gives.
    if (this.#sampling !== null && at < this.#lookUntil + lookOverMs) return this.#setLimits(at < this.#lookUntil ? lookLimits : this.#decision ?? noLimits);
    const before = this.#decision?.state;
    this.#decision = this.#guard.tick(traffic, at);
    if (this.#decision.hasBloated) this.#bloatedAt = Date.now();
    if (this.#decision.state === 'resting') this.#stop();
    else if (this.#sampling === null && Math.max(traffic.downloadBytesPerSecond, traffic.uploadBytesPerSecond) > busyBytesPerSecond) this.#begin();
    this.#setLimits(this.#decision);
    if (this.#decision.state !== before) this.emit('state');
  }

  #setLimits({ downloadBytesPerSecond, uploadBytesPerSecond }: GuardLimits): void {
    if (downloadBytesPerSecond === this.#limits.downloadBytesPerSecond && uploadBytesPerSecond === this.#limits.uploadBytesPerSecond) return;
    this.#limits = { downloadBytesPerSecond, uploadBytesPerSecond };
    this.emit('limits');
  }

  #begin(): void {
    this.#sampling = new AbortController();
    const { signal } = this.#sampling;
    const { gateway, probe, hop = hopMeter } = this.#o.meters ?? { gateway: gatewayMeter, probe: probeMeter };
    const before = this.#samplers;
    this.#samplers = before.then(() => Promise.all([
      this.#sample('gateway', signal, async () => {
        const address = await this.#o.gateway();
        return address === null ? null : gateway(address, signal);
      }),
      this.#sample('probe', signal, async () => {
        const server = this.#o.probe();
        // Names are looked up by the connection; a literal decides the family.
        return server === null ? null : probe(server, server.host.includes(':') ? 6 : 4, signal);
      }),
      this.#sample('hop', signal, async () => {
        const towards = this.#o.probe() === null ? this.#o.towards?.() ?? null : null;
        return towards === null ? null : hop(towards, signal);
      }),
    ]));
  }

  #stop(): void {
    this.#sampling?.abort();
    this.#sampling = null;
  }

  /** Until the signal aborts: opens a meter, uses it for a while, opens another. Never rejects. */
  async #sample(target: Target, signal: AbortSignal, open: () => Promise<RoundTripMeter | null>): Promise<void> {
    const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
    loop.enable();
    try {
      while (!signal.aborted) {
        const meter = await open().catch(() => null);
        if (meter === null) {
          await pause(restAfterFailuresMs, signal);
          continue;
        }
        const isGivenUp = await this.#use(meter, target, signal, loop).finally(() => meter.close());
        if (isGivenUp) await pause(restAfterFailuresMs, signal);
      }
    } catch {
      // told to stop
    } finally {
      loop.disable();
      this.#timed.delete(target);
    }
  }

  /** @returns whether the other side answers no more */
  async #use(meter: RoundTripMeter, target: Target, signal: AbortSignal, loop: ReturnType<typeof monitorEventLoopDelay>): Promise<boolean> {
    const openedAt = performance.now();
    let failures = 0;
    this.#timed.add(target);
    const restSeenAt = this.#restSeenAt.get(target) ?? Number.NEGATIVE_INFINITY;
    if (openedAt - restSeenAt > restIsKnownMs) {
      // Long enough for the queue to empty and for a few answers.
      this.#lookUntil = openedAt + lookMs;
      this.#setLimits(lookLimits);
    }
    this.#restSeenAt.set(target, openedAt);
    while (target !== 'probe' || performance.now() - openedAt < renewAfterMs) {
      const startedAt = performance.now();
      loop.reset();
      const measured = await meter.measure(signal);
      signal.throwIfAborted();
      const at = performance.now();
      if (measured === null && at - startedAt < lostAfterMs) {
        if (++failures < maxFailures) continue;
        this.#timed.delete(target);
        return true;
      }
      failures = 0;
      // A line that is kept from bloating shows how quick it is all the time.
      if (this.#decision?.state === 'holding') this.#restSeenAt.set(target, at);
      // A time at which this program itself was late says nothing of the line.
      if (loop.max / 1e6 - loopResolutionMs < Math.max(lateMs, (at - startedAt) / 4)) this.#guard.addSample(target, measured, at);
      await pause(Math.max(1, everyMs[target] - (at - startedAt)), signal);
    }
    return false;
  }
}

/** The lower of two limits; null is none. */
export function lowerLimit(one: number | null, other: number | null): number | null {
  return one === null ? other : other === null ? one : Math.min(one, other);
}
