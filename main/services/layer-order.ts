// Decides which layers of a package may download now: what is needed first comes first, and the line never idles.

/** What the order needs to know of a layer. */
export interface LayerProgress {
  id: string;
  required: boolean;
  /** Wanted by the user; one that is left out is never fetched. */
  chosen: boolean;
  /** Ids of layers without which this one is of no use. */
  requires: readonly string[];
  /** Place among the required layers, or among the others; equal ones are fetched together. */
  order: number;
  /** Number in a live package; null for any other layer. */
  segment: number | null;
  complete: boolean;
  /** Its content turned out not to be what the publisher signed. */
  refused: boolean;
  missingBytes: number;
  /** How long it has been running without a byte (since the last one, or since it was started); Infinity when nobody has it. */
  stalledMs: number;
  running: boolean;
}

export interface LayerOrderOptions {
  /** The segment that a late joiner begins with: earlier ones are fetched after everything else. */
  fromSegment?: number | null;
}

/** The next group starts when the ones before it need less than this at the present speed: about what a new layer takes to find its people. */
const startAheadSeconds = 2;
/** One that was started ahead goes on until the ones before it need more than this, so that a wavering speed does not stop and start it. */
const goOnSeconds = 4;
/**
 * Of both, where sharing the line would be felt: segments of a live package (what is watched next before what is watched later), and whatever
 * comes after the required layers (without which nothing can be used).
 */
const closeShare = 0.25;
const stalledAfterMs = 10_000;

/**
 * The ids of the layers that may run. Complete ones always may (they share); refused ones never, and left-out ones fetch nothing.
 * A layer waits until all that it requires is complete, or runs and is about to be.
 * @param speedBytesPerSecond the package's present download speed
 */
export function layersToRun(layers: readonly LayerProgress[], speedBytesPerSecond: number, options: LayerOrderOptions = {}): Set<string> {
  const speed = Number.isFinite(speedBytesPerSecond) ? Math.max(0, speedBytesPerSecond) : 0;
  const needsCore = layers.some((layer) => layer.required && !layer.complete && !layer.refused && !isStalled(layer));
  const isAlmostHere = (bytes: number, next: LayerProgress) => (
    bytes === 0 || bytes < speed * (next.running ? goOnSeconds : startAheadSeconds) * (next.segment !== null || (needsCore && !next.required) ? closeShare : 1)
  );
  const run = new Set(layers.filter((layer) => layer.complete && !layer.refused).map(({ id }) => id));
  const missing = new Map<string, number>(); // of the layers that are to run; Infinity for those that do not move
  const isUsable = (layer: LayerProgress) => layer.requires.every((id) => run.has(id) && isAlmostHere(missing.get(id) ?? 0, layer));
  let ahead = 0; // missing bytes of the groups before, as far as they move
  for (const group of groupsOf(layers.filter((layer) => layer.chosen && !layer.refused && !layer.complete), options.fromSegment ?? null)) {
    const usable = group.filter(isUsable);
    if (usable.length === 0) continue;
    // What a late joiner missed never shares the line with what is still to be watched.
    const isPast = usable.every(({ segment }) => segment !== null && segment < (options.fromSegment ?? -Infinity));
    if (isPast ? ahead > 0 : !usable.some((layer) => isAlmostHere(ahead, layer))) break;
    // Until nothing more can: one layer of a group may require another of it.
    for (let started = usable; started.length > 0; started = group.filter((layer) => !run.has(layer.id) && isUsable(layer))) {
      for (const layer of started) {
        run.add(layer.id);
        missing.set(layer.id, isStalled(layer) ? Infinity : layer.missingBytes);
        if (!isStalled(layer)) ahead += layer.missingBytes;
      }
    }
  }
  return run;
}

// One that nobody has holds nobody up; it stays in the set, so that it goes on when somebody comes.
function isStalled(layer: LayerProgress): boolean {
  return layer.running && layer.stalledMs >= stalledAfterMs;
}

/**
 * Groups in the order in which they are fetched: required layers by `order`, the others by `order`, segments one by one where the first of them
 * stands, and last what a late joiner missed. That is fetched newest first: it continues what is being watched backwards without a gap, and it is
 * what most others still have at hand. What a layer requires is never placed after it.
 */
function groupsOf(layers: readonly LayerProgress[], fromSegment: number | null): LayerProgress[][] {
  const places = new Map(layers.map((layer) => [layer.id, layer]));
  const keys = new Map([true, false].flatMap((required) => keysOf(layers.filter((layer) => layer.required === required), fromSegment)));
  // A layer takes over the place of one that requires it, and hands it on; places only move forward, so this ends.
  const moved = [...layers];
  for (let layer = moved.pop(); layer; layer = moved.pop()) {
    for (const id of layer.requires) {
      const needed = places.get(id);
      if (!needed || compare(keys.get(layer.id)!, keys.get(id)!) >= 0) continue;
      keys.set(id, keys.get(layer.id)!);
      moved.push(needed);
    }
  }
  const groups: LayerProgress[][] = [];
  let last: Place | null = null;
  for (const layer of [...layers].sort((a, b) => compare(keys.get(a.id)!, keys.get(b.id)!))) {
    const place = keys.get(layer.id)!;
    if (last && compare(last, place) === 0) groups.at(-1)!.push(layer);
    else groups.push([layer]);
    last = place;
  }
  return groups;
}

type Place = readonly [rank: number, order: number, segment: number];

// Of layers that are all required or all not.
function keysOf(layers: readonly LayerProgress[], fromSegment: number | null): [id: string, place: Place][] {
  const firstSegmentOrder = layers.reduce((first, { segment, order }) => (segment === null ? first : Math.min(first, order)), Infinity);
  return layers.map(({ id, required, order, segment }) => {
    if (segment !== null && fromSegment !== null && segment < fromSegment) return [id, [2, 0, -segment]];
    return [id, [required ? 0 : 1, segment === null ? order : firstSegmentOrder, segment ?? -1]];
  });
}

function compare(a: Place, b: Place): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
