// Who gives way where more people fetch from a server than it can serve: all of them at once would each wait long for the same bytes.

/** So many at once keep a server busy, however narrow its line. */
const AT_ONCE = 4;
/** Whoever gets so much gives way to nobody: the server serves all of them well. */
const ENOUGH_BYTES_PER_SECOND = 512 * 1024;
/** A request that has lasted less than this says nothing of the server. */
const LEAST_MS = 500;
/** What was given up is tried again after about so long, if people have not brought it by then. */
const REST_MS = 4000;

/**
 * Looked at about once a second, so that of many who fetch about `AT_ONCE` go on. Those who gave way come back one by one.
 * @param claimants who fetch from servers at the moment, ourselves included, among those connected
 * @param bytes that the request has brought @param ms since it was made @param random 0..1
 */
export function givesWay(claimants: number, bytes: number, ms: number, random: () => number): boolean {
  return claimants > AT_ONCE && ms >= LEAST_MS && (bytes * 1000) / ms < ENOUGH_BYTES_PER_SECOND && random() < 1 - AT_ONCE / claimants;
}

/** Milliseconds until whoever gave way may ask again. @param random 0..1 */
export function restAfterGivingWay(random: number): number {
  return REST_MS * (0.5 + random);
}
