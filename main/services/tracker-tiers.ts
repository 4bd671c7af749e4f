// Tiers of trackers (BEP 12) in which each address stands once.

/** Every address where it stands first, and not at all when it is `known`; empty tiers are left out. Order stays. */
export function freshTiers(tiers: readonly (readonly string[])[], known: Iterable<string> = []): string[][] {
  const seen = new Set(known);
  return tiers.map((tier) => tier.filter((url) => !seen.has(url) && seen.add(url))).filter((tier) => tier.length);
}
