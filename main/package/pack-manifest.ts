// Writes down what a publisher said as the manifest of a package.
import type { PackOptions } from './pack-options.ts';
import type { Manifest, ManifestLayer } from './package-types.ts';

/** RFC 3339 in UTC, without a fraction where there is none. */
export function rfc3339(epochMs: number): string {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? String(epochMs) : date.toISOString().replace('.000Z', 'Z');
}

/** The manifest with its fields in the order of the format's description. Fields that nobody set are `undefined`, which JSON leaves out. */
export function manifestOf(options: PackOptions, layers: ManifestLayer[]): Manifest {
  const { startsAt, expectedAudience, segmentSeconds } = options;
  const hasEvent = startsAt !== undefined || expectedAudience !== undefined || segmentSeconds !== undefined;
  const trackers = trackerTiers(options);
  const webSeeds = webSeedFolders(options);
  const seeders = options.seeders ?? [];
  return {
    format: 'evpack/1',
    package: { id: options.id, title: options.title, summary: options.summary || undefined, version: options.version },
    issued: rfc3339(options.issuedAt ?? Date.now()),
    expires: options.expiresAt === undefined ? undefined : rfc3339(options.expiresAt),
    publisher: {
      name: options.publisherName, homepage: options.homepage || undefined,
      statements: options.statements?.length ? options.statements : undefined,
    },
    event: hasEvent ? { startsAt: startsAt === undefined ? undefined : rfc3339(startsAt), expectedAudience, segmentSeconds } : undefined,
    terms: options.terms || undefined,
    regions: options.regions,
    // A client that does not know seals would take the sealed files for the content.
    critical: layers.some(({ encryption }) => encryption) ? ['layers.encryption'] : undefined,
    layers,
    sources: trackers.length + webSeeds.length + seeders.length === 0 ? undefined : {
      trackers: trackers.length > 0 ? trackers : undefined,
      webSeeds: webSeeds.length > 0 ? webSeeds : undefined,
      seeders: seeders.length > 0 ? seeders : undefined,
    },
    delivery: options.delivery,
    update: options.updateUrl ? { url: options.updateUrl } : undefined,
  };
}

/** One tier for each entry. */
export function trackerTiers({ trackers }: Pick<PackOptions, 'trackers'>): string[][] {
  return (trackers ?? []).map((tier) => (Array.isArray(tier) ? tier : [tier])).filter((tier) => tier.length > 0);
}

/** With the slash at the end that tells clients to put the path of a file behind it (BEP 19). */
export function webSeedFolders({ webSeeds }: Pick<PackOptions, 'webSeeds'>): string[] {
  return (webSeeds ?? []).map((url) => (url.endsWith('/') ? url : `${url}/`));
}
