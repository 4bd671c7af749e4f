// The layers of a live package: one for each segment's file, with a number that stays when more arrive.
import { listFiles } from '../metainfo/list-files.ts';
import { readPattern } from './layer-globs.ts';
import type { LayerOptions } from './pack-options.ts';
import { PackageError } from './package-error.ts';
import type { EventPackage } from './package-types.ts';

/** After all other layers. */
const FIRST_ORDER = 1_000;
const byNumber = new Intl.Collator('en', { numeric: true });

/**
 * A layer for each file of `folder` that matches, in the order of their names (9 before 10). Segments of `previous` keep their numbers, new
 * ones get the next, and those whose file is gone are left out. @throws {PackageError} {MetainfoError}
 */
export async function segmentLayers(folder: string, pattern: string, previous?: EventPackage): Promise<LayerOptions[]> {
  const test = readPattern(pattern);
  if (!test) throw new PackageError('bad-package', `The pattern "${pattern.slice(0, 100)}" for segments is empty, too long, or has too many alternatives.`);
  const paths = (await listFiles(folder)).map(({ path }) => path.join('/')).filter(test);
  const known = new Map<string, number>();
  for (const { layer } of previous?.layers ?? []) if (layer.segment !== undefined) known.set(layer.files[0]!.path, layer.segment);
  let next = Math.max(-1, ...known.values()) + 1;
  const numbered = paths.toSorted((a, b) => byNumber.compare(a, b) || Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((path) => ({ path, segment: known.get(path) ?? next++ }));
  return numbered.sort((a, b) => a.segment - b.segment)
    .map(({ path, segment }) => ({ id: `segment-${segment}`, title: `Segment ${segment}`, pattern: path, required: false, order: FIRST_ORDER + segment, segment }));
}
