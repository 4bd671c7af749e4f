// Builds everything into dist/: core, headless host, command line, desktop host, preload, interface.
// `npm run build -- core cli` builds the named parts alone.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { drawPng } from './picture-sizes.mjs';
import { markBuilt, sourceStamp } from './source-stamp.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const common = { absWorkingDir: root, bundle: true, logLevel: 'warning', sourcemap: 'linked', legalComments: 'none', charset: 'utf8' };
const node = { ...common, platform: 'node', format: 'esm', target: 'node22', packages: 'external' };

/** The preload needs the names of the contract alone: without this it would carry the whole schema library into each window. */
const namesOnly = {
  name: 'contract-names',
  setup(preload) {
    preload.onLoad({ filter: /[\\/]contract[\\/]table\.ts$/ }, async () => {
      const { outputFiles } = await build({ ...common, sourcemap: false, platform: 'node', format: 'esm', write: false, entryPoints: ['contract/table.ts'] });
      const table = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
      const { requestNames, eventNames } = table;
      return { contents: Object.entries({ requestNames, eventNames }).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`).join('\n') };
    });
  },
};

/** Large and seldom needed: a file of its own, so that no start has to read it. */
const updaterApart = {
  name: 'updater-apart',
  setup(desktop) {
    desktop.onResolve({ filter: /^electron-updater$/ }, () => ({ path: './electron-updater.cjs', external: true }));
  },
};
// CommonJS in the syntax of Node 16 also runs on the older runtime that tests use; harmless on the current one. Less text is sooner read: each start
// waits for this.
const desktop = {
  ...common, platform: 'node', format: 'cjs', target: 'node16', external: ['electron'], supported: { 'dynamic-import': false }, minifyWhitespace: true, minifySyntax: true,
};

const bundles = {
  core: { ...node, entryPoints: ['main/core/main.ts'], outfile: 'dist/core/main.js' },
  headless: { ...node, entryPoints: ['main/headless/main.ts'], outfile: 'dist/headless/main.js' },
  // A thread that the core and the command line start: see main/package/hash-files.ts.
  hashing: { ...node, entryPoints: ['main/package/hash-worker.ts'], outfile: 'dist/package/hash-worker.js' },
  cli: { ...node, entryPoints: ['main/cli/flashswarm.ts'], outfile: 'dist/cli/flashswarm.js' },
  desktop: { ...desktop, plugins: [updaterApart], entryPoints: ['main/desktop/main.ts'], outfile: 'dist/desktop/main.cjs' },
  updater: { ...desktop, sourcemap: false, entryPoints: ['electron-updater'], outfile: 'dist/desktop/electron-updater.cjs' },
  // A sandboxed preload must be one CommonJS file.
  preload: {
    ...common, platform: 'browser', format: 'cjs', target: 'chrome108', external: ['electron'], sourcemap: false, plugins: [namesOnly],
    entryPoints: ['preload/preload.ts'], outfile: 'dist/preload/preload.cjs',
  },
};

async function buildInterface() {
  // A shell or a test runner that set another one would get React's development build.
  process.env.NODE_ENV = 'production';
  const vite = await import('vite');
  await vite.build({ configFile: path.join(root, 'vite.config.ts') });
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((part) => part !== 'renderer' && !Object.hasOwn(bundles, part));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. There are: ${[...Object.keys(bundles), 'renderer'].join(', ')}.`);
  process.exit(2);
}
const isWanted = (part) => wanted.length === 0 || wanted.includes(part) || (part === 'hashing' && (wanted.includes('core') || wanted.includes('cli'))) || (part === 'updater' && wanted.includes('desktop'));

const stamp = sourceStamp(root);
mkdirSync(path.join(root, 'dist'), { recursive: true });
rmSync(path.join(root, 'dist/.stamp'), { force: true });
const jobs = Object.entries(bundles).filter(([part]) => isWanted(part)).map(async ([part, options]) => {
  await build(options);
  if (part === 'desktop') writeFileSync(path.join(root, 'dist/desktop/icon.png'), drawPng(readFileSync(path.join(root, 'assets/icon.svg'), 'utf8'), 128));
  if (part === 'cli') chmodSync(path.join(root, options.outfile), 0o755);
});
if (isWanted('renderer')) jobs.push(buildInterface());

const failures = (await Promise.allSettled(jobs)).filter((job) => job.status === 'rejected');
for (const { reason } of failures) {
  // esbuild has printed its own findings already
  if (!Array.isArray(reason?.errors) || reason.pluginCode) console.error(reason instanceof Error ? reason.message : reason);
}
if (failures.length > 0) {
  console.error('The build failed.');
  process.exitCode = 1;
} else if (wanted.length === 0) {
  markBuilt(root, stamp);
}
