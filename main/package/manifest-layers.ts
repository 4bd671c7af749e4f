// Checks how the layers of a manifest belong together: ids, what needs what, segments, sealed files.
import { refuseManifest } from './manifest-refusal.ts';
import type { ManifestLayer } from './package-types.ts';
import { sealedLength } from './sealed-chunks.ts';
import { quotable } from './shown-text.ts';

/** What a sealed file is called before it is opened. */
export const SEALED_SUFFIX = '.sealed';

/** Throws PackageError `bad-package`. */
export function checkLayers(layers: readonly ManifestLayer[]): void {
  const byId = new Map<string, ManifestLayer>();
  const folded = new Set<string>();
  const segments = new Set<number>();
  for (const [index, layer] of layers.entries()) {
    // Ids name files (`<id>.torrent`), which some disks tell apart by more than case.
    if (folded.has(layer.id.toLowerCase())) throw refuseManifest(`layers[${index}].id`, `Two layers of this package are called "${layer.id}".`);
    folded.add(layer.id.toLowerCase());
    byId.set(layer.id, layer);
    if (layer.segment !== undefined) {
      if (segments.has(layer.segment)) throw refuseManifest(`layers[${index}].segment`, `Two layers of this package claim to be segment ${layer.segment}.`);
      segments.add(layer.segment);
    }
    checkSealedFiles(layer, `layers[${index}]`);
  }
  for (const [index, layer] of layers.entries()) checkNeeds(layer, byId, `layers[${index}].requires`);
  refuseCircles(layers);
}

function checkNeeds(layer: ManifestLayer, byId: ReadonlyMap<string, ManifestLayer>, where: string): void {
  for (const [index, id] of layer.requires.entries()) {
    const needed = byId.get(id);
    if (!needed) throw refuseManifest(`${where}[${index}]`, `The layer "${layer.id}" needs a layer "${quotable(id)}", which is not in this package.`);
    if (layer.requires.indexOf(id) !== index) throw refuseManifest(`${where}[${index}]`, `The layer "${layer.id}" names the layer "${id}" twice.`);
    if (layer.required && !needed.required) {
      throw refuseManifest(`${where}[${index}]`, `The layer "${layer.id}" is always fetched and needs the layer "${id}", which may be left out.`);
    }
  }
}

// Takes away what needs nothing more, again and again; what remains needs itself.
function refuseCircles(layers: readonly ManifestLayer[]): void {
  const open = new Map(layers.map((layer) => [layer.id, layer.requires.length]));
  const neededBy = new Map<string, string[]>(layers.map((layer) => [layer.id, []]));
  for (const layer of layers) for (const id of layer.requires) neededBy.get(id)!.push(layer.id);
  const free = layers.filter((layer) => layer.requires.length === 0).map((layer) => layer.id);
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    open.delete(id);
    for (const other of neededBy.get(id)!) {
      const left = open.get(other)! - 1;
      open.set(other, left);
      if (left === 0) free.push(other);
    }
  }
  const stuck = layers.findIndex((layer) => open.has(layer.id));
  if (stuck !== -1) throw refuseManifest(`layers[${stuck}].requires`, `The layer "${layers[stuck]!.id}" needs, through others, itself, so that none of them can come first.`);
}

function checkSealedFiles(layer: ManifestLayer, where: string): void {
  const plain = layer.encryption?.files;
  if (!plain) return;
  if (plain.length !== layer.files.length) {
    throw refuseManifest(`${where}.encryption.files`, `The layer "${layer.id}" lists ${layer.files.length} sealed files and ${plain.length} plain ones.`);
  }
  for (const [index, file] of layer.files.entries()) {
    const inside = plain[index]!;
    if (file.path !== `${inside.path}${SEALED_SUFFIX}`) {
      throw refuseManifest(`${where}.encryption.files[${index}].path`, `The sealed file "${quotable(file.path)}" does not belong to the plain file "${quotable(inside.path)}" at its place in the list.`);
    }
    if (file.length !== sealedLength(inside.length, layer.encryption!.chunkSize)) {
      throw refuseManifest(`${where}.encryption.files[${index}].length`, `The file "${quotable(inside.path)}" and the sealed file that it comes from have sizes that do not belong together.`);
    }
  }
}
