// Which layers of an event package come along with which: what is required, and what the chosen ones need.

export interface LayerFacts { id: string; title: string; required: boolean; requires: readonly string[] }

/** The layers that are fetched when these are chosen: the required ones, the chosen ones, and all that those require. */
export function withRequired(layers: readonly LayerFacts[], chosen: ReadonlySet<string>): Set<string> {
  const byId = new Map(layers.map((layer) => [layer.id, layer]));
  const wanted = new Set<string>();
  const queue = layers.filter((layer) => layer.required || chosen.has(layer.id)).map((layer) => layer.id);
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const layer = byId.get(id);
    if (!layer || wanted.has(id)) continue;
    wanted.add(id);
    queue.push(...layer.requires);
  }
  return wanted;
}

/** The titles of the wanted layers that need this one. */
export function neededBy(layers: readonly LayerFacts[], wanted: ReadonlySet<string>, id: string): string[] {
  return layers.filter((layer) => layer.id !== id && wanted.has(layer.id) && layer.requires.includes(id)).map((layer) => layer.title);
}

/** The titles of what this layer needs and what is not required anyhow. */
export function needs(layers: readonly LayerFacts[], id: string): string[] {
  const wanted = withRequired(layers.map((layer) => ({ ...layer, required: false })), new Set([id]));
  return layers.filter((layer) => layer.id !== id && wanted.has(layer.id) && !layer.required).map((layer) => layer.title);
}

/** The ids of the optional layers among the wanted ones, as the core asks for them. */
export const optionalOf = (layers: readonly LayerFacts[], wanted: ReadonlySet<string>): string[] =>
  layers.filter((layer) => !layer.required && wanted.has(layer.id)).map((layer) => layer.id);
