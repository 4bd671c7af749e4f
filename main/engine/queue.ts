// Decides which packages may run now: the first so many of the queue that still have something to fetch.

/** What the queue needs to know of a package. */
export interface QueueEntry {
  id: string;
  /** Place in the queue; smaller runs first. Ties keep the order given. */
  position: number;
  paused: boolean;
  /** Every chosen byte is here: it takes no place of a download. */
  complete: boolean;
  /** Stopped by a problem; holds no place, so that the next one can run. */
  stopped: boolean;
  /** Asks for its file list only: costs next to nothing, so it never waits. */
  asking: boolean;
}

/**
 * The ids that may run. Complete ones always may (sharing is bounded by goals and slots, not by the queue).
 * @param activeDownloads how many downloads run at once, at least 1
 */
export function runnable(entries: readonly QueueEntry[], activeDownloads: number): Set<string> {
  const running = new Set<string>();
  let free = Math.max(1, activeDownloads);
  for (const entry of [...entries].sort((a, b) => a.position - b.position)) {
    if (entry.paused || entry.stopped) continue;
    if (entry.complete || entry.asking) running.add(entry.id);
    else if (free > 0) {
      running.add(entry.id);
      free -= 1;
    }
  }
  return running;
}

/** New positions 0..n-1 after `id` moved to `position`; the others keep their order. */
export function reorder(ids: readonly string[], id: string, position: number): string[] {
  const rest = ids.filter((other) => other !== id);
  rest.splice(Math.min(Math.max(0, position), rest.length), 0, id);
  return rest;
}
