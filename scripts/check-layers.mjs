// Checks the table of layers in docs/architecture.md: who may import what. `node scripts/check-layers.mjs [root]`.
import { readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseSync } from 'vite';

const coreStarter = [/^main\/core\/(supervisor|fork-node|core-flags|user-folders)\.ts$/];
const headlessStarter = [/^main\/headless\/(main|start|starter|serve)\.ts$/];
const folder = (name) => new RegExp(`^${name}/`);
const anyLibrary = /^(?!electron($|\/)|webtorrent($|\/)).+/;
const noLibrary = /(?!)/;

/** For each folder: own files of the project it may import, whether Node's modules, and which packages. The first match counts. */
const layers = [
  { in: /^contract\//, own: [folder('contract')], node: false, packages: /^zod$/ },
  { in: /^preload\//, own: [folder('contract'), folder('preload')], node: false, packages: /^electron$/ },
  {
    in: /^renderer\//, own: [folder('contract'), folder('renderer'), folder('assets')], node: false,
    packages: /^(react|react-dom|zustand|radix-ui|@radix-ui\/[^/]+|i18next|react-i18next|uplot)($|\/)/,
  },
  { in: /^main\/metainfo\//, own: [folder('main/metainfo')], node: true, packages: anyLibrary },
  { in: /^main\/engine\/webtorrent-[^/]+\.ts$/, own: [folder('contract'), folder('main/metainfo'), folder('main/engine')], node: true, packages: /^(?!electron($|\/)).+/ },
  ...['engine', 'package', 'net'].map((name) => (
    { in: folder(`main/${name}`), own: [folder('contract'), folder('main/metainfo'), folder(`main/${name}`)], node: true, packages: anyLibrary }
  )),
  { in: /^main\/services\//, own: [folder('contract'), /^main\/(metainfo|engine|package|net|services)\//], node: true, packages: anyLibrary },
  { in: /^main\/core\//, own: [folder('contract'), /^main\/(metainfo|engine|package|net|services|core)\//], node: true, packages: anyLibrary },
  { in: /^main\/forecast\//, own: [folder('main/forecast')], node: false, packages: noLibrary },
  { in: /^main\/media\//, own: [folder('contract'), folder('main/media')], node: true, packages: noLibrary },
  { in: /^main\/headless\//, own: [folder('contract'), folder('main/headless'), folder('main/media'), ...coreStarter], node: true, packages: anyLibrary },
  {
    in: /^main\/cli\//, own: [folder('contract'), folder('main/cli'), /^main\/(metainfo|package|forecast|net\/probe-server)\//, ...coreStarter, ...headlessStarter],
    node: true, packages: anyLibrary,
  },
  { in: /^main\/desktop\//, own: [folder('contract'), folder('main/desktop'), folder('main/media'), folder('assets/translations'), ...coreStarter], node: true, packages: /^(electron|electron-updater|i18next)($|\/)/ },
  { in: /^main\//, own: [noLibrary], node: false, packages: noLibrary }, // a new folder needs a row here first
];

/** Every module that a source file names: imports, re-exports, `import()`, types and `require` included. */
function importsOf(file, source) {
  const { module, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  const found = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap((entry) => entry.entries.map((one) => one.moduleRequest?.value)),
    ...[...source.matchAll(/\b(?:import|require)\(\s*['"]([^'"]+)['"]/g)].map((match) => match[1]),
  ];
  return [...new Set(found.filter(Boolean))];
}

function* sources(root, relative) {
  let entries;
  try {
    entries = readdirSync(path.join(root, relative), { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    const name = `${relative}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== 'node_modules') yield* sources(root, name);
    else if (/\.(c|m)?(ts|js)x?$/.test(entry.name)) yield name;
  }
}

/** @returns one sentence for each import that breaks a rule */
export function checkLayers(root) {
  const broken = [];
  for (const file of ['contract', 'preload', 'renderer', 'main'].flatMap((top) => [...sources(root, top)])) {
    const rule = layers.find((layer) => layer.in.test(file));
    for (const specifier of importsOf(file, readFileSync(path.join(root, file), 'utf8'))) {
      let allowed;
      if (specifier.startsWith('.')) {
        const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
        allowed = rule.own.some((own) => own.test(target));
      } else if (isBuiltin(specifier)) allowed = rule.node;
      else allowed = rule.packages.test(specifier);
      if (!allowed) broken.push(`${file} may not import ${specifier}`);
    }
  }
  return broken;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = path.resolve(process.argv[2] ?? path.join(path.dirname(fileURLToPath(import.meta.url)), '..'));
  const broken = checkLayers(root);
  for (const line of broken) console.error(line);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
