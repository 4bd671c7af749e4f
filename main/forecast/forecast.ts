// Says beforehand how long a crowd will need, what the server has to give, and what it takes to be done in time.
import { bottleneckOf, distributionSeconds } from './distribution-bound.ts';
import type { Bottleneck, Distribution } from './distribution-bound.ts';

export interface ForecastInput {
  /** People who come at once and stay until they have it. */
  audience: number;
  sizeBytes: number;
  /** Of each of them, bytes per second. */
  upBytesPerSecond: number;
  downBytesPerSecond: number;
  seeds: number;
  /** Of each seed. */
  seedUpBytesPerSecond: number;
  /** Of the web server or CDN; 0: none. */
  originBytesPerSecond: number;
  /** Part of what the bound allows that the crowd reaches, above 0, at most 1. */
  efficiency: number;
  /** Seconds in which everybody shall have it; null: not asked. */
  withinSeconds: number | null;
}

export interface Target {
  seconds: number;
  /** What is planned does it. */
  isMet: boolean;
  /** False: the lines of the people themselves are too slow, whatever is added. */
  isPossible: boolean;
  /** Of seeds and server together, with the crowd helping. */
  sourceBytesPerSecond: number;
  /** Seeds of the given uplink, the server being as planned; null when nothing was said of seeds. */
  seeds: number | null;
  /** Of the server, the seeds being as planned. */
  originBytesPerSecond: number;
  /** Of a server alone. */
  httpOriginBytesPerSecond: number;
}

/** Times in seconds until the last has it, Infinity for never; bytes as the server sends them. */
export interface Forecast {
  httpSeconds: number;
  httpOriginBytes: number;
  boundSeconds: number;
  togetherSeconds: number;
  togetherOriginBytes: number;
  /** Bytes that people send one another, of all. */
  peersShare: number;
  bottleneck: Bottleneck;
  /** The server fails before it gave anything. */
  withoutOriginSeconds: number;
  /** When everything has left the sources once: from then on the crowd can go on without them. */
  onceOutSeconds: number;
  /** Seeds and server fail then. */
  aloneAfterwardsSeconds: number;
  target: Target | null;
}

/** Everything from the bound of `distribution-bound.ts` and the efficiency; see there for what it takes for granted. */
export function forecast(input: ForecastInput): Forecast {
  const { audience, sizeBytes, upBytesPerSecond, downBytesPerSecond, originBytesPerSecond, efficiency } = input;
  const seedsBytesPerSecond = input.seeds * input.seedUpBytesPerSecond;
  const wanted = audience * sizeBytes;
  const crowdBytesPerSecond = audience * upBytesPerSecond;
  const crowd: Distribution = {
    sizeBytes, clients: audience, sourceBytesPerSecond: seedsBytesPerSecond + originBytesPerSecond, clientsUpBytesPerSecond: crowdBytesPerSecond,
    clientDownBytesPerSecond: downBytesPerSecond,
  };
  const secondsOf = (more: Partial<Distribution>): number => distributionSeconds({ ...crowd, ...more }) / efficiency;
  const httpSeconds = distributionSeconds({ ...crowd, sourceBytesPerSecond: originBytesPerSecond, clientsUpBytesPerSecond: 0 });
  const boundSeconds = distributionSeconds(crowd);
  // The crowd is an offer: whoever is served faster by the server alone is served by the server.
  const togetherSeconds = Math.min(httpSeconds, boundSeconds / efficiency);
  const onceOutSeconds = sizeBytes / crowd.sourceBytesPerSecond / efficiency;
  const carriedByThen = Math.min(wanted, (crowd.sourceBytesPerSecond + crowdBytesPerSecond) * efficiency * onceOutSeconds);
  const togetherOriginBytes = originBytesPerSecond > 0 ? leastFromOrigin(input, seedsBytesPerSecond, togetherSeconds) : 0;
  return {
    httpSeconds, httpOriginBytes: originBytesPerSecond > 0 ? wanted : 0, boundSeconds, togetherSeconds, togetherOriginBytes,
    peersShare: Number.isFinite(togetherSeconds) ? Math.max(0, 1 - (togetherOriginBytes + Math.min(wanted, seedsBytesPerSecond * togetherSeconds)) / wanted) : 0,
    bottleneck: bottleneckOf(crowd), withoutOriginSeconds: secondsOf({ sourceBytesPerSecond: seedsBytesPerSecond }), onceOutSeconds,
    // Less than a byte is what rounding leaves over.
    aloneAfterwardsSeconds: Math.max(togetherSeconds, onceOutSeconds + (wanted - carriedByThen < 1 ? 0 : (wanted - carriedByThen) / (crowdBytesPerSecond * efficiency))),
    target: input.withinSeconds === null ? null : targetOf(input, seedsBytesPerSecond, togetherSeconds, input.withinSeconds),
  };
}

/** What people and seeds cannot carry in the time, and every byte once: clients begin with the server. */
function leastFromOrigin(input: ForecastInput, seedsBytesPerSecond: number, seconds: number): number {
  const wanted = input.audience * input.sizeBytes;
  const others = (input.audience * input.upBytesPerSecond * input.efficiency + seedsBytesPerSecond) * seconds;
  return Math.min(wanted, Math.max(input.sizeBytes, wanted - others));
}

function targetOf(input: ForecastInput, seedsBytesPerSecond: number, togetherSeconds: number, seconds: number): Target {
  const { audience, sizeBytes, upBytesPerSecond, downBytesPerSecond, seedUpBytesPerSecond, originBytesPerSecond, efficiency } = input;
  const usable = seconds * efficiency;
  const isPossible = sizeBytes / downBytesPerSecond <= seconds;
  const httpOriginBytesPerSecond = (audience * sizeBytes) / seconds;
  const sourceBytesPerSecond = Math.max(sizeBytes / usable, (audience * sizeBytes) / usable - audience * upBytesPerSecond);
  return {
    seconds, isMet: togetherSeconds <= seconds, isPossible, sourceBytesPerSecond, httpOriginBytesPerSecond,
    seeds: seedUpBytesPerSecond > 0 ? Math.max(0, Math.ceil((sourceBytesPerSecond - originBytesPerSecond) / seedUpBytesPerSecond)) : null,
    // A server that can do it alone is always enough.
    originBytesPerSecond: Math.min(httpOriginBytesPerSecond, Math.max(0, sourceBytesPerSecond - seedsBytesPerSecond)),
  };
}
