// What a crowd asks of a server, from the requests that it made: what is asked topples a narrow server, which cannot send more than its line.

/** One request: from when it was asked until it was answered to its end or given up, in seconds of any clock. */
export interface Asked { fromSeconds: number; toSeconds: number; bytes: number }

export interface Demand {
  /** The most that was asked for within any one second, answered or not. */
  askedPeakBytesPerSecond: number;
  busiestSecondRequests: number;
  /** Requests that were open at the same moment. */
  mostAtOnce: number;
}

const WINDOW_SECONDS = 1;

export function demandOf(requests: readonly Asked[]): Demand {
  const asked = [...requests].sort((a, b) => a.fromSeconds - b.fromSeconds);
  const ends = asked.map(({ toSeconds }) => toSeconds).sort((a, b) => a - b);
  const demand: Demand = { askedPeakBytesPerSecond: 0, busiestSecondRequests: 0, mostAtOnce: 0 };
  let [first, ended, bytes] = [0, 0, 0];
  for (const [at, request] of asked.entries()) {
    bytes += request.bytes;
    while (asked[first]!.fromSeconds <= request.fromSeconds - WINDOW_SECONDS) bytes -= asked[first++]!.bytes;
    while (ended < ends.length && ends[ended]! <= request.fromSeconds && ended < at) ended++;
    demand.askedPeakBytesPerSecond = Math.max(demand.askedPeakBytesPerSecond, bytes);
    demand.busiestSecondRequests = Math.max(demand.busiestSecondRequests, at + 1 - first);
    demand.mostAtOnce = Math.max(demand.mostAtOnce, at + 1 - ended);
  }
  return demand;
}
