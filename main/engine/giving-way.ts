// Who gives way where more people fetch from a server than it can serve: all of them at once would each wait long for the same bytes.

/** So many at once keep a server busy, however narrow its line. */
const AT_ONCE = 4;
/** Whoever has what it asked for sooner than this gives way to nobody. */
const SOON_MS = 500;
/** What was given up is tried again after about so long, if people have not brought it by then. */
const REST_MS = 4000;

/**
 * Looked at about once a second, so that of many who fetch about `AT_ONCE` go on. Those who gave way come back one by one.
 * @param claimants who fetch from servers at the moment, ourselves included, among those connected
 * @param etaMs until everything is here that was asked for @param random 0..1
 */
export function givesWay(claimants: number, etaMs: number, random: () => number): boolean {
  return claimants > AT_ONCE && etaMs > SOON_MS && random() < 1 - AT_ONCE / claimants;
}

/** Milliseconds until whoever gave way may ask again. @param random 0..1 */
export function restAfterGivingWay(random: number): number {
  return REST_MS * (0.5 + random);
}
