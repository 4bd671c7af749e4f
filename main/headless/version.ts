// The version of the product, read from the package this code is part of.
import { readFileSync } from 'node:fs';

/** `dist/headless/main.js` and `main/headless/version.ts` are equally deep below package.json. */
export function productVersion(base: string = import.meta.url): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', base), 'utf8')) as { version: string };
  return version;
}
