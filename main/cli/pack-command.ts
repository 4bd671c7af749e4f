// `flashswarm pack`: makes an event package and its torrents from a folder.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { MAX_TORRENT_BYTES, parseTorrentFile } from '../metainfo/metainfo.ts';
import { UsageError } from '../headless/starter.ts';
import { randomKeyPair } from '../package/ed25519.ts';
import { MAX_STATEMENTS_BYTES } from '../package/key-statement.ts';
import type { SecretKey } from '../package/minisign-secret-key.ts';
import { openPackage } from '../package/open-package.ts';
import type { PackedManifest, PackOptions } from '../package/pack-folder.ts';
import { packFolder, PackageLintError, signPackage } from '../package/pack-folder.ts';
import { webSeedFolders } from '../package/pack-manifest.ts';
import type { Lint } from '../package/package-lints.ts';
import type { EventPackage } from '../package/package-types.ts';
import { publishedKeyText } from '../package/sealed-file.ts';
import { segmentLayers } from '../package/segment-layers.ts';
import { needed, parseOne } from './arguments.ts';
import { exitCodes, exitCodesHelp } from './exit-codes.ts';
import { formatBytes, printable } from './format.ts';
import { readBounded, readPackageFile } from './input-file.ts';
import { onInterruption } from './interruption.ts';
import { fingerprintText, readSecretKey } from './key-files.ts';
import { checkTarget, writeSecret, writeWhole } from './output-file.ts';
import type { PackValues } from './pack-options.ts';
import { packFlags, packOptionsOf } from './pack-options.ts';
import { readingProgress } from './reading-progress.ts';
import type { Report } from './report.ts';
import { openReport } from './report.ts';
import { checkPackageTarget } from './sign-command.ts';
import { webSeedFile, webSeedProblem } from './web-seed-check.ts';

export const packHelp = `Usage: flashswarm pack DIR --id ID --title T --version N --layer NAME=GLOB[:required] ... (--key FILE | --unsigned) --out FILE.evpack

Makes an event package from a folder: one small signed file that people open, and a torrent for each layer beside
it. The files are read once. Nothing is sent anywhere.

What it is
  --id ID             its name for ever, as in com.example.game
  --title TEXT        what people read; --summary TEXT says more
  --version N         a whole number that only grows
  --name NAME         the folder that people get, and under which a web seed has the files (default: that of
                      --previous, else made from the title)
  --publisher NAME    shown beside the key (default: the id); --homepage URL
  --terms FILE        text to accept before it starts
  --starts-at TIME    when the event opens: 2026-12-01T18:00:00Z, or a span from now such as 12h
  --expires TIME      until when it may be started, the same way; 90d
  --audience N        how many people are expected

What is in it
  --layer NAME=GLOB[:required]   the files of DIR that make a layer (may be repeated, each file in one layer). ** is any
                      number of folders, * and ? letters of a name, {a,b} either; a folder means all that is in it
  --layer-title NAME=TEXT, --requires NAME=OTHER   what a layer is called, and what it is no use without
  --segments GLOB     each file that matches is a segment of a live package; --segment-seconds N
  --encrypt NAME=KEYURL   seal a layer until its key is published at this https address: PATH.sealed is written beside each
                      file (or below --sealed-out DIR), and the key into FILE.NAME.contentkey; --cipher aes-256-gcm or xchacha20-poly1305
  --piece-size SIZE   for all layers (default: by their files)

Where it comes from
  --tracker URL, --web-seed URL, --seeder HOST:PORT   (each may be repeated); a web seed has the files at URL/NAME/PATH
  --check-web-seeds   ask each web seed for a byte of it
  --update-url URL    where the newest version will always be; --statements FILE.keys puts statements about keys inside
  --allow-private     hosts of a local network may be named

Versions
  --previous FILE     the version before: layers whose files are the same keep their torrents
  --quick             with it: files of the same size that were not touched since are not read again

How it ends
  --key FILE          the secret key: of minisign, signify or OpenSSL (see keygen)
  --unsigned          the bare manifest, for \`flashswarm sign\` or stock minisign; clients refuse it as it is
  --out FILE          the package; an older one is replaced
  --json              JSON lines: {"type": "lint", ...}, then {"type": "done", "file", "layers": [{"id", "infoHash", "magnet", "torrentFile", ...}], ...}
  --help              this text

${exitCodesHelp}`;

/** Of a live package with hundreds of layers the newest. */
const maxLayersAsked = 20;

/** @returns the exit code */
export async function packCommand(args: string[]): Promise<number> {
  const report = openReport(args.includes('--json'));
  const progress = readingProgress(report);
  try {
    const { values, subject } = parseOne(args, packFlags, 'DIR');
    if (values.help) {
      process.stdout.write(packHelp);
      return exitCodes.done;
    }
    const signal = onInterruption('Stopped; no package was written.');
    const file = resolve(needed(values.out, '--out'));
    if ((values.key === undefined) === !values.unsigned) throw new UsageError('Say --key FILE to sign the package, or --unsigned to sign it later.');
    const folder = resolve(subject);
    const plain = packOptionsOf(values, Date.now());
    await checkPackageTarget(file);
    const secret = values.key === undefined ? null : await readSecretKey(values.key);
    const options = await withFiles(plain, values, folder, secret);
    const packed = await packFolder(folder, { ...options, signal, onProgress: progress.onProgress }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
    progress.end();
    const opened = selfCheck(packed, secret, options);
    const lints = [...packed.lints, ...ownLints(file, folder, secret, options), ...(values['check-web-seeds'] ? await webSeedLints(opened, options) : [])];
    sayLints(report, lints);
    const written = await writeAll(file, packed, secret);
    sayDone(report, file, packed, opened, secret !== null, written);
    return exitCodes.done;
  } catch (error) {
    progress.end();
    if (error instanceof PackageLintError) sayLints(report, error.lints);
    return report.fail(error);
  }
}

async function withFiles(options: PackOptions, values: PackValues, folder: string, secret: SecretKey | null): Promise<PackOptions> {
  const previous = values.previous === undefined ? undefined : openPackage(await readPackageFile(values.previous), {
    allowPrivate: options.allowPrivate ?? false, knownKeys: secret ? [{ keyId: secret.keyId, key: secret.publicKey }] : [],
  });
  const text = async (path: string | undefined, maxBytes: number, what: string) => (
    path === undefined ? undefined : Buffer.from(await readBounded(path, maxBytes, what)).toString('utf8')
  );
  const statements = await text(values.statements, MAX_STATEMENTS_BYTES, 'a file of statements');
  const segments = values.segments === undefined ? [] : await segmentLayers(folder, values.segments, previous);
  return {
    ...options, previous, layers: [...options.layers, ...segments], statements: statements === undefined ? undefined : [statements],
    terms: await text(values.terms, 65_536, 'terms'),
  };
}

/** Opens what was made as a client will; a bare manifest with a key that nobody keeps. @throws {PackageError} */
function selfCheck({ manifestBytes }: PackedManifest, secret: SecretKey | null, { allowPrivate, issuedAt }: PackOptions): EventPackage {
  const key = secret ?? { keyId: Uint8Array.from(randomBytes(8)), ...randomKeyPair() };
  return openPackage(signPackage(manifestBytes, key, issuedAt), { key: key.publicKey, allowPrivate: allowPrivate ?? false });
}

/** What only the command line knows. */
function ownLints(file: string, folder: string, secret: SecretKey | null, { previous }: PackOptions): Lint[] {
  const lints: Lint[] = [];
  const inside = relative(folder, file);
  if (!inside.startsWith('..') && !isAbsolute(inside)) lints.push({ level: 'warning', message: 'The package is written into the folder that it is made from. Choose another place, or it will be in the next version.' });
  if (secret && previous && !Buffer.from(previous.key).equals(secret.publicKey)) {
    lints.push({ level: 'warning', message: 'The version before was signed with another key. Unless a statement names this one as its successor (flashswarm rotate), people are warned.' });
  }
  return lints;
}

async function webSeedLints({ layers, folderName }: EventPackage, options: PackOptions): Promise<Lint[]> {
  const urls = webSeedFolders(options).flatMap((seed) => layers.slice(-maxLayersAsked).flatMap(({ layer }) => {
    const file = layer.files.find(({ length }) => length > 0);
    return file ? [{ url: webSeedFile(seed, folderName, file.path), length: file.length }] : [];
  }));
  const problems: (string | null)[] = [];
  for (const { url, length } of urls) problems.push(await webSeedProblem(url, length));
  return problems.filter((problem) => problem !== null).map((message) => ({ level: 'warning', message }));
}

interface Written { torrentFiles: string[]; contentKeyFiles: string[] }

async function writeAll(file: string, packed: PackedManifest, secret: SecretKey | null): Promise<Written> {
  const folder = dirname(file);
  const torrentFiles = packed.torrents.map(({ fileName }) => join(folder, fileName));
  for (const target of torrentFiles) await checkTarget(target, 'torrent file', MAX_TORRENT_BYTES, (bytes) => Boolean(parseTorrentFile(bytes)));
  const contentKeyFiles: string[] = [];
  for (const { layerId, key } of packed.contentKeys) {
    // A key that was written is needed for as long as what it sealed is out there.
    const target = join(folder, `${basename(file).replace(/\.evpack$/i, '')}.${layerId}.contentkey`);
    await writeSecret(target, publishedKeyText(key));
    contentKeyFiles.push(target);
  }
  for (const [index, { bytes }] of packed.torrents.entries()) {
    const target = torrentFiles[index]!;
    const before = packed.keptLayers.includes(packed.torrents[index]!.layerId) ? await readFile(target).catch(() => null) : null;
    if (!before?.equals(bytes)) await writeWhole(target, bytes);
  }
  await writeWhole(file, secret ? signPackage(packed.manifestBytes, secret) : packed.manifestBytes);
  return { torrentFiles, contentKeyFiles };
}

function sayLints(report: Report, lints: Lint[]): void {
  for (const { level, message, path } of lints) {
    if (report.json) report.say({ type: 'lint', level, message, ...(path === undefined ? {} : { path }) }, '');
    else process.stderr.write(`${level === 'error' ? 'Error' : 'Warning'}: ${printable(message)}\n`);
  }
}

function sayDone(report: Report, file: string, packed: PackedManifest, opened: EventPackage, signed: boolean, written: Written): void {
  const layers = opened.layers.map(({ layer, metainfo }, index) => ({
    id: layer.id, required: layer.required, files: layer.files.length, bytes: layer.files.reduce((sum, { length }) => sum + length, 0), infoHash: metainfo.infoHash,
    pieceLength: metainfo.pieceLength, pieceCount: metainfo.pieceCount, kept: packed.keptLayers.includes(layer.id), torrentFile: written.torrentFiles[index]!, magnet: packed.magnets[index]!,
  }));
  const { id, title, version } = opened.manifest.package;
  const text = [
    `${file}${signed ? '' : '  not signed: clients refuse it. Sign it with flashswarm sign or minisign'}`,
    `${printable(title)}, version ${version} of ${id}, ${formatBytes(packed.totalBytes)} in ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}`,
    ...layers.flatMap((layer) => [`${layer.id}: ${formatBytes(layer.bytes)}${layer.kept ? ', as before' : ''}, ${basename(layer.torrentFile)}`, layer.magnet]),
    ...written.contentKeyFiles.map((path) => `${path}  keep it secret until the start, then publish it`),
    ...(signed ? [fingerprintText(opened.key)] : []),
  ];
  report.say({
    type: 'done', file, id, title, version, signed, folderName: opened.folderName, totalBytes: packed.totalBytes, pieceCount: packed.pieceCount, layers,
    contentKeyFiles: written.contentKeyFiles,
  }, text.join('\n'));
}
