// Tells in a few milliseconds whether the sources changed since the last build. Plain JS: runs before anything is installed.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const builtFrom = ['contract', 'main', 'preload', 'renderer', 'assets', 'scripts/build.mjs', 'vite.config.ts', 'package.json', 'package-lock.json'];

/** One hash over path, size and modification time of everything that a build reads. */
export function sourceStamp(root) {
  const hash = createHash('sha256');
  const visit = (relative) => {
    let stat;
    try {
      stat = statSync(path.join(root, relative));
    } catch {
      return;
    }
    if (stat.isDirectory()) {
      for (const name of readdirSync(path.join(root, relative)).sort()) {
        if (!name.startsWith('.') && name !== 'node_modules') visit(`${relative}/${name}`);
      }
    } else {
      hash.update(`${relative}\0${stat.size}\0${stat.mtimeMs}\n`);
    }
  };
  for (const entry of builtFrom) visit(entry);
  return hash.digest('hex');
}

const stampFile = (root) => path.join(root, 'dist/.stamp');

export function isBuilt(root) {
  try {
    return readFileSync(stampFile(root), 'utf8') === sourceStamp(root);
  } catch {
    return false;
  }
}

/** @param stamp taken before the build began, so that an edit during it is not missed */
export function markBuilt(root, stamp) {
  writeFileSync(stampFile(root), stamp);
}
