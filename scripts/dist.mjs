// `npm run dist [-- target ...]`: builds, then makes the packages of this system that need no download, and says what was left out.
// With ELECTRON_OVERRIDE_DIST_PATH it packs that runtime into out/verification, for tests and never for people.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { Arch, Platform, build } from 'electron-builder';
import { load } from 'js-yaml';
import { findRuntimeFolder } from './electron-runtime.mjs';
import { childEnvironment, findNode } from './install.mjs';
import { productionPackages, runtimePackages, thirdPartyNotices } from './package-contents.mjs';
import { drawPng } from './picture-sizes.mjs';
import { run, say } from './say.mjs';
import { isBuilt } from './source-stamp.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const iconSizes = [16, 24, 32, 48, 64, 128, 256, 512];
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const overrideFolder = process.env.ELECTRON_OVERRIDE_DIST_PATH;
const isVerification = Boolean(overrideFolder);
const output = path.join(root, isVerification ? 'out/verification' : 'out');
const parts = path.join(output, '.parts');

/** The packages of each system: those that are made unasked, and why another one has to be asked for. */
const targetsHere = {
  linux: {
    platform: Platform.LINUX, unasked: ['dir', 'tar.gz', 'deb'],
    without(name) {
      if (name === 'AppImage' && !process.env.APPIMAGE_TOOLS_PATH) return 'its tools (mksquashfs and a start program) are no part of npm: name their folder in APPIMAGE_TOOLS_PATH, or ask for it ("npm run dist -- AppImage"), which downloads them';
      if (name === 'deb' && !isOnPath('dpkg-deb')) return 'there is no dpkg-deb here';
      return null;
    },
    all: ['dir', 'tar.gz', 'deb', 'AppImage'],
  },
  win32: { platform: Platform.WINDOWS, unasked: ['nsis', 'zip'], all: ['dir', 'nsis', 'zip'], without: () => null },
  darwin: { platform: Platform.MAC, unasked: ['dmg', 'zip'], all: ['dir', 'dmg', 'zip'], without: () => null },
};

const isOnPath = (name) => (process.env.PATH ?? '').split(path.delimiter).some((folder) => folder && existsSync(path.join(folder, name)));

/** What is asked for, or all that is possible here. */
function chooseTargets() {
  const here = targetsHere[process.platform];
  if (!here) throw new Error(`There are no packages for ${process.platform}.`);
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !here.all.includes(name));
  if (unknown.length > 0) throw new Error(`No such package here: ${unknown.join(', ')}. There are: ${here.all.join(', ')}.`);
  if (asked.length > 0) return { platform: here.platform, targets: asked };
  const targets = [];
  for (const name of here.all) {
    const why = here.without(name);
    if (why) say(`Left out: ${name}, because ${why}.`);
    else if (name !== 'dir' || here.unasked.includes('dir')) targets.push(name);
  }
  const elsewhere = Object.entries(targetsHere).filter(([system]) => system !== process.platform).flatMap(([, { unasked }]) => unasked);
  say(`Left out: ${elsewhere.join(', ')}, which are made on their own systems.`);
  return { platform: here.platform, targets };
}

/** What is drawn and written for the packages and is no part of the sources. */
function writeParts(runtime) {
  rmSync(parts, { recursive: true, force: true });
  mkdirSync(path.join(parts, 'icons'), { recursive: true });
  const svg = readFileSync(path.join(root, 'assets/icon.svg'), 'utf8');
  for (const side of iconSizes) writeFileSync(path.join(parts, 'icons', `${side}x${side}.png`), drawPng(svg, side));
  writeFileSync(path.join(parts, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(root, runtime));
  cpSync(path.join(root, 'LICENSE'), path.join(parts, 'LICENSE.txt'));
}

/** A runtime for tests may bring a file that adds what its version lacks; the program itself knows nothing of that. */
function makeVerification(config, lacksFuses) {
  const entry = path.join(parts, 'entry');
  mkdirSync(entry, { recursive: true });
  writeFileSync(path.join(entry, 'verification.cjs'), [
    "const path = require('node:path');",
    "const additions = path.join(process.resourcesPath, 'runtime/additions.js');",
    "if (require('node:fs').existsSync(additions)) require(additions);",
    `require(path.join(__dirname, ${JSON.stringify(manifest.main)}));`,
    '',
  ].join('\n'));
  writeFileSync(path.join(parts, 'VERIFICATION.txt'), 'This was packed with another Electron than the product has, to test the packing. Never give it to anybody.\n');
  config.extraMetadata.main = 'verification.cjs';
  config.files.push({ from: entry, to: '.' });
  config.extraFiles.push({ from: path.join(parts, 'VERIFICATION.txt'), to: 'VERIFICATION.txt' });
  for (const name of lacksFuses) delete config.electronFuses[name];
  config.linux.synopsis = 'test build, never for release';
  config.deb.compression = 'gz';
  config.deb.artifactName = '${name}_${version}_verification_${arch}.${ext}';
  config.appImage = { ...config.appImage, artifactName: '${productName}-${version}-verification-${arch}.${ext}' };
}

const lowerFirst = (text) => text[0].toLowerCase() + text.slice(1);

/** The fuses that the wire of this runtime is too short for, by their names in the configuration. */
async function missingFuses(executable) {
  const wire = await getCurrentFuseWire(executable);
  return Object.keys(FuseV1Options).filter((key) => /^\d+$/.test(key) && !(key in wire)).map((key) => lowerFirst(FuseV1Options[key]));
}

/** Packed by tar itself: electron-builder would download 7-Zip for it. */
function packTar(unpacked) {
  const name = `${manifest.name}-${manifest.version}${isVerification ? '-verification' : ''}-${process.platform}-${process.arch}`;
  const file = path.join(output, `${name}.tar.gz`);
  const options = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--transform=s,^\\./,${name}/,S`, '-I', isVerification ? 'gzip -1' : 'gzip -9'];
  execFileSync('tar', [...options, '-cf', file, '-C', unpacked, '.'], { stdio: ['ignore', 'inherit', 'inherit'] });
  return file;
}

async function main() {
  const { platform, targets } = chooseTargets();
  const runtime = await findRuntimeFolder(root, findNode(root));
  if (!runtime) throw new Error('No Electron runtime is here and its download is not reachable. Put the official archive into node_modules/electron/dist, or try again with a connection.');
  const version = readFileSync(path.join(runtime.folder, 'version'), 'utf8').trim().replace(/^v/, '');
  if (!isBuilt(root)) {
    say('Building ...');
    const built = await run(findNode(root), [path.join(root, 'scripts/build.mjs')], { cwd: root, env: childEnvironment(root) });
    if (built.code !== 0) throw new Error(`The build failed:\n${built.output}`);
  }
  mkdirSync(output, { recursive: true });
  const kept = await runtimePackages(root);
  writeParts(kept);
  const lacksFuses = isVerification ? await missingFuses(runtime.executable) : [];
  if (isVerification) say(`A test build with Electron ${version} from ELECTRON_OVERRIDE_DIST_PATH; never give it to anybody.`);
  if (lacksFuses.length > 0) say(`This runtime has no fuse for: ${lacksFuses.join(', ')}.`);

  const bundledOnly = productionPackages(root).filter((place) => !kept.has(place) && ![...kept].some((other) => other.startsWith(`${place}/`)));
  const config = load(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8'));
  config.directories.output = output;
  config.electronDist = runtime.folder;
  config.electronVersion = version;
  config.files.push(...bundledOnly.map((place) => `!${place}/**`), `!**/node_modules/**/prebuilds/!(${process.platform}-${process.arch})/**`);
  config.extraFiles = ['THIRD-PARTY-NOTICES.txt', 'LICENSE.txt'].map((name) => ({ from: path.join(parts, name), to: name }));
  config.linux.icon = path.join(parts, 'icons');
  // fpm's own words for "this file goes there"
  config.deb.fpm = [['assets/linux/flashswarm.xml', '/usr/share/mime/packages/flashswarm.xml'], ['assets/icon.svg', '/usr/share/icons/hicolor/scalable/apps/flashswarm.svg']]
    .map(([source, destination]) => `${path.join(root, source)}=${destination}`);
  if (isVerification) makeVerification(config, lacksFuses);
  // As a file, because electron-builder would mix an object with electron-builder.yml.
  const configFile = path.join(parts, 'config.json');
  writeFileSync(configFile, JSON.stringify(config));
  const viaBuilder = targets.filter((name) => name !== 'tar.gz');
  process.env.CUSTOM_FPM_PATH = path.join(root, 'scripts/deb-from-fpm.mjs');
  Object.assign(process.env, { PATH: childEnvironment(root).PATH });
  const made = await build({
    projectDir: root, publish: 'never', config: configFile,
    targets: platform.createTarget(viaBuilder.length > 0 ? viaBuilder : ['dir'], Arch[process.arch]),
  });
  if (targets.includes('tar.gz')) made.push(packTar(path.join(output, 'linux-unpacked')));
  rmSync(parts, { recursive: true, force: true });
  for (const file of made) if (existsSync(file) && statSync(file).isFile()) say(`Made ${path.relative(root, file)} (${(statSync(file).size / 1e6).toFixed(1)} MB).`);
  if (targets.includes('dir')) say(`Made ${path.relative(root, output)}/${readdirSync(output).find((name) => name.endsWith('-unpacked') || name === 'mac')} (unpacked).`);
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
