// Which folders an interface in a browser may name: those below what the operator allowed.
import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, normalize, relative } from 'node:path';
import { ContractError } from '../../contract/index.ts';

/** The real path of a folder that need not exist yet: links resolved as far as it does. */
async function realPathOfPossible(path: string): Promise<string> {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    try {
      return join(await realpath(at), ...missing);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' || dirname(at) === at) throw new ContractError('forbidden', `This folder cannot be used (${code ?? 'unknown'}): ${path}`);
      missing.unshift(basename(at));
    }
  }
}

const isInside = (root: string, path: string): boolean => {
  const way = relative(root, path);
  return way === '' || (!isAbsolute(way) && way !== '..' && !/^\.\.[/\\]/.test(way));
};

/**
 * A package is written beside the folder that it is made from: that place has to be allowed as well.
 * @throws {ContractError} `forbidden`
 */
export async function checkBeside(folder: string, roots: string[]): Promise<void> {
  await allowedFolder(dirname(folder), roots).catch(() => {
    throw new ContractError('forbidden', `A package is written beside its folder, and Flashswarm may not write there. Put the files into a folder of their own below one of these: ${roots.join(', ')}.`);
  });
}

/**
 * The real path of a folder that somebody typed. Creates nothing.
 * @param roots folders that the operator allowed
 * @throws {ContractError} `bad-request` for a path that is not complete, `forbidden` for one outside of all roots
 */
export async function allowedFolder(typed: string, roots: string[]): Promise<string> {
  const path = typed === '~' || typed.startsWith('~/') ? join(homedir(), typed.slice(1)) : typed;
  if (path.includes('\0') || !isAbsolute(path)) throw new ContractError('bad-request', 'Give the complete path of the folder, from the root on.');
  const real = await realPathOfPossible(normalize(path));
  for (const root of roots) {
    if (isInside(await realPathOfPossible(root), real)) return real;
  }
  throw new ContractError('forbidden', `This folder is not among those that Flashswarm may use here: ${roots.join(', ')}. Whoever runs it can add one with --allow-dir.`);
}
