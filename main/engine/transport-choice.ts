// Compares TCP and uTP on the user's own line, network by network, and chooses the steadier one.

export type Transport = 'tcp' | 'utp';
/** What connections of one kind did: means over the latest samples. `variation`: standard deviation over mean. */
export interface TransportMean { bytesPerSecond: number; variation: number; samples: number }
export interface TransportSample { bytesPerSecond: number; variation: number }

interface Network { tcp: TransportMean | null; utp: TransportMean | null; preferred: Transport; decided: boolean; usedAt: number }

export const MAX_NETWORKS = 50;
export const FORGET_AFTER_MS = 30 * 24 * 3600_000;
/** So many samples of each before they are believed. */
export const MIN_SAMPLES = 6;
/** Later samples count at least this much: a line changes with the hour. */
const LATEST_SHARE = 0.1;
/** The other one is as good only when it carries at least this part of the speed... */
const SPEED_NEEDED = 0.8;
/** ...and it must be clearly better before the choice changes. */
const CLEARLY = 0.85;
/** With fewer people nobody is tried on the way that is probably worse. */
const PEOPLE_TO_EXPLORE = 4;
const EXPLORE_SHARE = 0.25;
const EXPLORE_SHARE_LATER = 0.05;

export class TransportChoice {
  readonly #networks = new Map<string, Network>();
  readonly #now: () => number;
  #network = '';

  /** @param now epoch milliseconds: what is learned outlives the program */
  constructor(now: () => number, kept?: unknown) {
    this.#now = now;
    this.#restore(kept);
  }

  /** @param id of the network that the machine is in now; empty while it is not known, and nothing is learned */
  setNetwork(id: string): void {
    this.#network = id.slice(0, 64);
  }

  get preferred(): Transport {
    return this.#here()?.preferred ?? 'tcp';
  }

  /** The preference comes from measurements. */
  get isMeasured(): boolean {
    return this.#here()?.decided ?? false;
  }

  mean(transport: Transport): TransportMean | null {
    const mean = this.#here()?.[transport];
    return mean ? { ...mean } : null;
  }

  /**
   * Whether the next peer is tried on the other way, to learn how that does. @param people connected at the moment
   * @param random 0..1
   */
  explores(people: number, random: number): boolean {
    if (this.#network === '' || people < PEOPLE_TO_EXPLORE) return false;
    const other = this.mean(this.preferred === 'tcp' ? 'utp' : 'tcp');
    return random < ((other?.samples ?? 0) < MIN_SAMPLES ? EXPLORE_SHARE : EXPLORE_SHARE_LATER);
  }

  /** @returns whether the preference has changed */
  record(transport: Transport, sample: TransportSample): boolean {
    if (this.#network === '' || !(sample.bytesPerSecond > 0) || !Number.isFinite(sample.variation)) return false;
    const now = this.#now();
    const network = this.#here() ?? { tcp: null, utp: null, preferred: 'tcp' as Transport, decided: false, usedAt: now };
    network.usedAt = now;
    network[transport] = blend(network[transport], sample);
    // The one used last is the last to be dropped.
    this.#networks.delete(this.#network);
    this.#networks.set(this.#network, network);
    while (this.#networks.size > MAX_NETWORKS) this.#networks.delete(this.#networks.keys().next().value!);
    return decide(network);
  }

  /** As it is kept in a file. */
  toJSON(): unknown {
    this.#forget();
    return { version: 1, networks: Object.fromEntries(this.#networks) };
  }

  #here(): Network | undefined {
    return this.#networks.get(this.#network);
  }

  #forget(): void {
    for (const [id, { usedAt }] of this.#networks) if (this.#now() - usedAt > FORGET_AFTER_MS) this.#networks.delete(id);
  }

  /** A file may hold anything: what is not as it should be is left out. */
  #restore(kept: unknown): void {
    const networks = isRecord(kept) && kept.version === 1 && isRecord(kept.networks) ? Object.entries(kept.networks) : [];
    for (const [id, value] of networks.slice(-MAX_NETWORKS)) {
      if (!isRecord(value) || id.length === 0 || id.length > 64 || !isCount(value.usedAt) || value.usedAt > this.#now()) continue;
      const network: Network = {
        tcp: meanFrom(value.tcp), utp: meanFrom(value.utp), preferred: value.preferred === 'utp' ? 'utp' : 'tcp', decided: value.decided === true, usedAt: value.usedAt,
      };
      this.#networks.set(id, network);
    }
    this.#forget();
  }
}

function blend(mean: TransportMean | null, { bytesPerSecond, variation }: TransportSample): TransportMean {
  if (!mean) return { bytesPerSecond, variation, samples: 1 };
  const share = Math.max(LATEST_SHARE, 1 / (mean.samples + 1));
  const toward = (old: number, fresh: number): number => old + share * (fresh - old);
  return { bytesPerSecond: toward(mean.bytesPerSecond, bytesPerSecond), variation: toward(mean.variation, variation), samples: Math.min(1_000_000, mean.samples + 1) };
}

/** The steadier one, unless it costs speed; none that is not clearly better takes over. */
function decide(network: Network): boolean {
  const { tcp, utp } = network;
  if (!tcp || !utp || tcp.samples < MIN_SAMPLES || utp.samples < MIN_SAMPLES) return false;
  const before = network.decided ? network.preferred : null;
  const [mine, other, otherName] = network.preferred === 'tcp' ? [tcp, utp, 'utp' as const] : [utp, tcp, 'tcp' as const];
  const otherIsFaster = mine.bytesPerSecond < SPEED_NEEDED * other.bytesPerSecond * CLEARLY;
  const otherIsSteadier = other.variation < CLEARLY * mine.variation && other.bytesPerSecond >= SPEED_NEEDED * mine.bytesPerSecond;
  if (otherIsFaster || otherIsSteadier) network.preferred = otherName;
  network.decided = true;
  return network.preferred !== before;
}

function meanFrom(value: unknown): TransportMean | null {
  if (!isRecord(value)) return null;
  const { bytesPerSecond, variation, samples } = value;
  return isCount(bytesPerSecond) && isCount(variation) && isCount(samples) && samples > 0 ? { bytesPerSecond, variation, samples } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
