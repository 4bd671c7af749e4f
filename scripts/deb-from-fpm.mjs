#!/usr/bin/env node
// Makes a .deb with dpkg-deb from the arguments that electron-builder gives to fpm, so that packing downloads no Ruby (see CUSTOM_FPM_PATH in dist.mjs).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const repeated = new Set(['-d', '--deb-recommends']);
const bare = new Set(['--force']);

/** @returns the options by name (lists for those that may come again) and what goes where, as [source, destination] */
function readArguments(args) {
  const options = { '-d': [], '--deb-recommends': [] };
  const inputs = [];
  for (let at = 0; at < args.length; at++) {
    const argument = args[at];
    if (bare.has(argument)) continue;
    if (argument.startsWith('-')) {
      const value = args[++at];
      if (repeated.has(argument)) options[argument].push(value);
      else options[argument] = value;
    } else {
      const [source, destination] = argument.split('=');
      inputs.push([source, destination]);
    }
  }
  return { options, inputs };
}

/** Lays out a file or folder without copying what can be linked: a runtime has hundreds of megabytes. */
function layOut(source, target) {
  const stat = lstatSync(source);
  if (stat.isDirectory()) {
    mkdirSync(target, { recursive: true });
    for (const name of readdirSync(source)) layOut(path.join(source, name), path.join(target, name));
  } else if (stat.isSymbolicLink()) {
    symlinkSync(readlinkSync(source), target);
  } else {
    try {
      linkSync(source, target);
    } catch {
      copyFileSync(source, target); // on another file system
    }
  }
}

/** Every path below `folder`, with folders before what is in them. */
function* below(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(folder, entry.name);
    yield file;
    if (entry.isDirectory()) yield* below(file);
  }
}

/** The same rights whatever the umask of who packs. @returns the sum of all sizes in KiB */
function setRights(stage) {
  let bytes = 0;
  chmodSync(stage, 0o755);
  for (const file of below(stage)) {
    const stat = lstatSync(file);
    if (stat.isSymbolicLink()) continue;
    const runs = stat.isDirectory() || (stat.mode & 0o100 && !/\.so(\.\d+)*$/.test(file));
    chmodSync(file, runs ? 0o755 : 0o644);
    if (stat.isFile()) bytes += stat.size;
  }
  return Math.ceil(bytes / 1024);
}

/** A control file holds one field a line; the description goes on in lines that begin with a blank. */
function control(options, installedKib) {
  const [synopsis, ...rest] = options['--description'].split('\n').map((line) => line.trim()).filter(Boolean);
  const homepage = options['--url'];
  const fields = {
    Package: options['--name'],
    Version: options['--version'],
    Architecture: options['--architecture'],
    Maintainer: options['--maintainer'],
    'Installed-Size': installedKib,
    Depends: options['-d'].join(', '),
    Recommends: options['--deb-recommends'].join(', '),
    Section: options['--category'] ?? 'net',
    Priority: options['--deb-priority'] ?? 'optional',
    // A placeholder is not an address that anybody should see.
    Homepage: homepage && !new URL(homepage).hostname.endsWith('.invalid') ? homepage : '',
    Description: [synopsis, ...rest.flatMap((line) => line.match(/.{1,76}(?:\s|$)/g)).map((line) => ` ${line.trim()}`)].join('\n'),
  };
  for (const [name, value] of Object.entries(fields)) {
    if (name !== 'Description' && String(value).includes('\n')) throw new Error(`The field ${name} of the Debian package holds more than one line.`);
  }
  return Object.entries(fields).filter(([, value]) => value !== '').map(([name, value]) => `${name}: ${value}\n`).join('');
}

function main() {
  const { options, inputs } = readArguments(process.argv.slice(2));
  if (options['-t'] !== 'deb') throw new Error(`Only Debian packages are made here, not "${options['-t']}".`);
  const stage = mkdtempSync(path.join(path.dirname(options['--package']), '.deb-'));
  try {
    for (const [source, destination] of inputs) {
      const target = path.join(stage, destination);
      mkdirSync(path.dirname(target), { recursive: true });
      layOut(source, target);
    }
    const name = options['--name'];
    const documents = path.join(stage, 'usr/share/doc', name);
    mkdirSync(documents, { recursive: true });
    const licence = readFileSync(new URL('../LICENSE', import.meta.url), 'utf8');
    const program = inputs.find(([, destination]) => destination.startsWith('/opt/'))[1];
    writeFileSync(path.join(documents, 'copyright'), `${licence}\nWhat others made is named in ${program}/THIRD-PARTY-NOTICES.txt,\n${program}/LICENSE.electron.txt and ${program}/LICENSES.chromium.html.\n`);
    const changes = readFileSync(new URL('../CHANGELOG.md', import.meta.url));
    writeFileSync(path.join(documents, 'NEWS.gz'), gzipSync(changes, { level: 9 }));
    const installedKib = setRights(stage);
    const sums = [...below(stage)].filter((file) => lstatSync(file).isFile())
      .map((file) => `${createHash('md5').update(readFileSync(file)).digest('hex')}  ${path.relative(stage, file)}\n`);
    const meta = path.join(stage, 'DEBIAN');
    mkdirSync(meta, { mode: 0o755 });
    writeFileSync(path.join(meta, 'control'), control(options, installedKib));
    writeFileSync(path.join(meta, 'md5sums'), sums.join(''));
    writeFileSync(path.join(meta, 'postinst'), readFileSync(options['--after-install']), { mode: 0o755 });
    writeFileSync(path.join(meta, 'postrm'), readFileSync(options['--after-remove']), { mode: 0o755 });
    // Under another umask than usual the modes above are not the ones that were asked for.
    for (const file of readdirSync(meta)) chmodSync(path.join(meta, file), file.startsWith('post') ? 0o755 : 0o644);
    const compression = options['--deb-compression'] ?? 'xz';
    const level = compression === 'gz' ? ['-z1'] : [];
    const made = spawnSync('dpkg-deb', ['--root-owner-group', `-Z${{ gz: 'gzip' }[compression] ?? compression}`, ...level, '--build', stage, options['--package']], { stdio: ['ignore', 'inherit', 'inherit'] });
    if (made.error || made.status !== 0) throw new Error(`dpkg-deb could not make the package${made.error ? `: ${made.error.message}` : '; what it said is above'}.`);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
