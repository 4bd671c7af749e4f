// The shortest time in which a file can reach everybody who wants it, whatever the software.

export interface Distribution {
  sizeBytes: number;
  clients: number;
  /** Of all seeds and servers together. */
  sourceBytesPerSecond: number;
  /** Of all clients together; 0 where clients do not help one another. */
  clientsUpBytesPerSecond: number;
  /** Of the slowest client; Infinity: no limit. */
  clientDownBytesPerSecond: number;
}

export type Bottleneck = 'sources' | 'downlink' | 'everybody';

/**
 * The distribution-time bound max(F/u_s, F/d_min, N F/(u_s + sum u_i)): every bit has to leave the sources once, the slowest has to take it
 * in, and all uplinks together have to carry N copies (R. Kumar, K. W. Ross, "Peer-assisted file distribution: the minimum distribution
 * time", IEEE HotWeb 2006; a schedule that reaches it exists). All come at once and stay.
 * @returns seconds; 0 for nobody or nothing, Infinity where nothing can give
 */
export function distributionSeconds(distribution: Distribution): number {
  return Math.max(...Object.values(distributionTerms(distribution)));
}

/** What holds it up. */
export function bottleneckOf(distribution: Distribution): Bottleneck {
  const terms = distributionTerms(distribution);
  const longest = Math.max(...Object.values(terms));
  return terms.everybody === longest ? 'everybody' : terms.sources === longest ? 'sources' : 'downlink';
}

/** The three times, in seconds. */
export function distributionTerms({ sizeBytes, clients, sourceBytesPerSecond, clientsUpBytesPerSecond, clientDownBytesPerSecond }: Distribution): Record<Bottleneck, number> {
  if (clients <= 0 || sizeBytes <= 0) return { sources: 0, downlink: 0, everybody: 0 };
  return {
    sources: sizeBytes / sourceBytesPerSecond,
    downlink: sizeBytes / clientDownBytesPerSecond,
    everybody: (clients * sizeBytes) / (sourceBytesPerSecond + clientsUpBytesPerSecond),
  };
}
