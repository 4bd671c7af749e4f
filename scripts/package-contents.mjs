// Says which npm packages a packed program runs on, and writes the notices of all that it is made of.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';

/** Licences that allow what we do with the packages; another one has to be read by a person first. */
const acceptedLicences = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Unlicense', 'Python-2.0', 'MPL-2.0', 'MPL 2.0']);
const licenceFile = /^(licen[cs]e|copying|notice)/i;

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** The folder (below the project, with forward slashes) where `name` is found from `folder`; null when it is not installed. */
function resolveFrom(root, folder, name) {
  for (let at = folder; ; at = path.posix.dirname(at)) {
    const place = path.posix.join(at, 'node_modules', name);
    if (!at.endsWith('node_modules') && existsSync(path.join(root, place, 'package.json'))) return place;
    if (at === '.' || at === '/') return null;
  }
}

/** The packages that the built programs name themselves. */
async function importedBy(root, entries) {
  const { metafile } = await build({
    absWorkingDir: root, entryPoints: entries, bundle: true, packages: 'external', platform: 'node', format: 'esm',
    external: ['electron'], write: false, metafile: true, outdir: 'dist', logLevel: 'error',
  });
  const names = Object.values(metafile.outputs).flatMap(({ imports }) => imports).filter(({ external }) => external).map(({ path: name }) => name);
  return new Set(names.filter((name) => !isBuiltin(name) && name !== 'electron' && !name.startsWith('.'))
    .map((name) => name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/')));
}

/**
 * Where the packages are that the built program runs on, with all that they run on in turn. What is bundled into the interface is not among them.
 * @returns folders below the project, such as `node_modules/ws`
 */
export async function runtimePackages(root) {
  const found = new Set();
  const visit = (folder) => {
    if (folder === null || found.has(folder)) return;
    found.add(folder);
    const manifest = readJson(path.join(root, folder, 'package.json'));
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) visit(resolveFrom(root, folder, name));
  };
  for (const name of await importedBy(root, ['dist/core/main.js', 'dist/package/hash-worker.js', 'dist/desktop/main.cjs'])) {
    const folder = resolveFrom(root, '.', name);
    if (folder === null) throw new Error(`The program needs "${name}", which is not installed. Run "npm ci".`);
    visit(folder);
  }
  return found;
}

/** Everything that `npm ls --omit=dev` shows and that is installed here. @returns folders below the project */
export function productionPackages(root) {
  const { packages } = readJson(path.join(root, 'package-lock.json'));
  return Object.entries(packages)
    .filter(([place, entry]) => place.startsWith('node_modules/') && !entry.dev && !entry.devOptional && existsSync(path.join(root, place, 'package.json')))
    .map(([place]) => place)
    // The Node that npm scripts run on, and a compiler that a package asks for as a peer: neither is part of the program.
    .filter((place) => !/^node_modules\/(node-(linux|win|darwin)-|typescript$|@typescript\/)/.test(place));
}

function licenceOf({ license, licenses }) {
  const named = license ?? licenses;
  return (Array.isArray(named) ? named : [named]).map((one) => (typeof one === 'object' ? one?.type : one)).join(' OR ');
}

/**
 * The notices that go with the program: name, version, licence and its text for every package that is in it or bundled into it.
 * @param runtime what `runtimePackages` found
 * @throws Error for a package with a licence that nobody has looked at yet
 */
export function thirdPartyNotices(root, runtime) {
  const sections = new Map();
  for (const place of new Set([...productionPackages(root), ...runtime])) {
    const folder = path.join(root, place);
    const manifest = readJson(path.join(folder, 'package.json'));
    if (manifest.private && !manifest.license) continue; // stand-ins of our own
    const licence = licenceOf(manifest);
    if (!acceptedLicences.has(licence)) throw new Error(`${manifest.name} ${manifest.version} has the licence "${licence}", which is not among the accepted ones (scripts/package-contents.mjs).`);
    const texts = readdirSync(folder).filter((name) => licenceFile.test(name)).sort().map((name) => readFileSync(path.join(folder, name), 'utf8').trim());
    const text = texts.length > 0 ? texts.join('\n\n') : 'The package comes without the text of its licence.';
    sections.set(`${manifest.name} ${manifest.version} (${licence})`, text);
  }
  const line = '-'.repeat(80);
  const head = 'Flashswarm contains these packages. Electron and Chromium have their own notices beside this file.';
  return [head, ...[...sections].sort(([a], [b]) => (a < b ? -1 : 1)).map(([title, text]) => `${line}\n${title}\n${line}\n\n${text}`)].join('\n\n') + '\n';
}
