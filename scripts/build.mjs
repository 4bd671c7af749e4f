// Builds everything into dist/: core, headless host, command line, desktop host, preload, interface.
// `npm run build -- core cli` builds the named parts alone.
import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { markBuilt, sourceStamp } from './source-stamp.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const common = { absWorkingDir: root, bundle: true, logLevel: 'warning', sourcemap: 'linked', legalComments: 'none', charset: 'utf8' };
const node = { ...common, platform: 'node', format: 'esm', target: 'node22', packages: 'external' };

const bundles = {
  core: { ...node, entryPoints: ['main/core/main.ts'], outfile: 'dist/core/main.js' },
  headless: { ...node, entryPoints: ['main/headless/main.ts'], outfile: 'dist/headless/main.js' },
  cli: { ...node, entryPoints: ['main/cli/flashswarm.ts'], outfile: 'dist/cli/flashswarm.js' },
  // CommonJS in the syntax of Node 16 also runs on the older runtime that tests use; harmless on the current one.
  desktop: {
    ...common, platform: 'node', format: 'cjs', target: 'node16', external: ['electron'],
    entryPoints: ['main/desktop/main.ts'], outfile: 'dist/desktop/main.cjs',
  },
  // A sandboxed preload must be one CommonJS file.
  preload: {
    ...common, platform: 'browser', format: 'cjs', target: 'chrome108', external: ['electron'], sourcemap: false, minify: true,
    entryPoints: ['preload/preload.ts'], outfile: 'dist/preload/preload.cjs',
  },
};

async function buildInterface() {
  const vite = await import('vite');
  await vite.build({ configFile: path.join(root, 'vite.config.ts') });
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => part !== 'renderer' && !Object.hasOwn(bundles, part));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. There are: ${[...Object.keys(bundles), 'renderer'].join(', ')}.`);
  process.exit(2);
}
const isWanted = (part) => wanted.length === 0 || wanted.includes(part);

const stamp = sourceStamp(root);
mkdirSync(path.join(root, 'dist'), { recursive: true });
rmSync(path.join(root, 'dist/.stamp'), { force: true });
try {
  const jobs = [];
  for (const [part, options] of Object.entries(bundles)) {
    if (!isWanted(part)) continue;
    if (!existsSync(path.join(root, options.entryPoints[0]))) {
      console.log(`${part}: ${options.entryPoints[0]} is not there yet, skipped`);
      continue;
    }
    jobs.push(build(options));
  }
  await Promise.all(jobs);
  if (isWanted('cli') && existsSync(path.join(root, bundles.cli.outfile))) chmodSync(path.join(root, bundles.cli.outfile), 0o755);
  if (isWanted('renderer')) {
    if (existsSync(path.join(root, 'renderer/index.html'))) await buildInterface();
    else console.log('renderer: renderer/index.html is not there yet, skipped');
  }
  if (wanted.length === 0) markBuilt(root, stamp);
} catch (error) {
  // esbuild has printed its own findings already
  if (!Array.isArray(error?.errors)) console.error(error instanceof Error ? error.message : error);
  console.error('The build failed.');
  process.exitCode = 1;
}
