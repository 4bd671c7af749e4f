// How a manifest is refused: what is wrong, what it means, and whom to ask.
import { PackageError } from './package-error.ts';

/** @param where the field, as in "layers[1].files[3].path" @param problem one or two whole sentences */
export function refuseManifest(where: string, problem: string, cause?: unknown): PackageError {
  return new PackageError('bad-package', `${problem} Ask the publisher for a corrected package.`, { where, cause });
}
