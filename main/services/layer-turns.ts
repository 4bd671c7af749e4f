// Decides for a package which of its layers have their turn now: what fetches, and what only shares.
import type { LayerEntry } from './layer-entry.ts';
import { layersToRun } from './layer-order.ts';
import type { PackageEntry } from './package-entry.ts';

/** The layers of a running package that may run; the finished ones share. */
export function layersNow(entry: PackageEntry): Set<LayerEntry> {
  if (!entry.event) return new Set(entry.layers);
  // What a revoked key signed is neither fetched nor handed on; what its successor signed in its place is.
  const now = new Set(entry.standing.revoked ? [] : entry.layers.filter((layer) => layer.complete && !layer.refused));
  // While a newer version is fetched, nothing more of the old one is.
  const candidates = entry.fetching;
  if (candidates === entry.layers && entry.standing.revoked) return now;
  const speed = entry.stats().downloadBytesPerSecond;
  const states = candidates.map((layer) => {
    const stats = layer.torrent.stats();
    const { id, required, chosen, requires, order, segment } = layer.record;
    return {
      id, required, chosen, requires, order, segment, complete: layer.complete, refused: layer.refused,
      missingBytes: layer.missingBytes, stalledMs: layer.stalledMs(stats), running: !layer.torrent.paused,
    };
  });
  // Layers of the version in use that the newer one keeps are not among the candidates, and are here.
  if (candidates !== entry.layers) {
    const ids = new Set(states.map((state) => state.id));
    for (const state of states) state.requires = state.requires.filter((id) => ids.has(id));
  }
  const may = layersToRun(states, speed, { fromSegment: entry.record.event?.fromSegment ?? null });
  const expired = entry.fetchingExpired;
  for (const layer of candidates) if (may.has(layer.record.id) && (!expired || layer.begun)) now.add(layer);
  return now;
}

/** Ids of the required layers, of the chosen ones, and of all that these require. */
export function withRequired(layers: readonly { id: string; required: boolean; requires: string[] }[], chosen: readonly string[]): Set<string> {
  const byId = new Map(layers.map((layer) => [layer.id, layer]));
  const wanted = new Set<string>();
  const waiting = [...layers.filter((layer) => layer.required).map((layer) => layer.id), ...chosen];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (wanted.has(id)) continue;
    wanted.add(id);
    waiting.push(...(byId.get(id)?.requires ?? []));
  }
  return wanted;
}
