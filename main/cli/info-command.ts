// `flashswarm info`: says what is in a torrent file, an event package or a magnet link; refuses what `get` would refuse.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commonHelp, commonOptions, coreOptions, productVersion } from '../headless/starter.ts';
import type { Magnet, Metainfo } from '../metainfo/metainfo.ts';
import { diskPaths, magnetOf } from '../metainfo/metainfo.ts';
import { openPackage } from '../package/open-package.ts';
import { parseOne } from './arguments.ts';
import { describeError, exitCodes, exitCodesHelp } from './exit-codes.ts';
import { formatBytes, formatPieceSize, printable } from './format.ts';
import { onInterruption } from './interruption.ts';
import type { PackageInfo } from './package-info.ts';
import { ofPackage, ofPreview, packageInfoText } from './package-info.ts';
import { previewOf } from './preview.ts';
import { Session } from './session.ts';
import type { Named } from './source.ts';
import { readSource } from './source.ts';

export const infoHelp = `Usage: flashswarm info FILE|MAGNET|ADDRESS [--json]

Says what a torrent file, an event package (.evpack) or a magnet link contains, with the paths as they will be on disk.
A magnet link is read only, unless --fetch asks for its file list; a web address of a torrent or package, and a
flashswarm: link, is fetched. Of a package the signature is verified; whether its key is to be trusted is not decided.

  --fetch             ask people for the file list of a magnet link, for up to a minute
  --json              one JSON object: name, infoHash, files: [{path, length}], length, pieceLength, pieceCount, private,
                      trackers, webSeeds, comment, createdBy, creationDate, magnet; of a package kind: "package", id,
                      title, version, publisher: {name, fingerprint, words, ...}, layers: [{id, files, ...}], sources, ...
  With --fetch or an address:
${commonHelp}
  --help              this text

${exitCodesHelp}`;

const options = { ...commonOptions, 'fetch': { type: 'boolean' }, 'json': { type: 'boolean' } } as const;
const fetchWithinMs = 60_000;

export interface Info {
  name: string | null; infoHash: string; files: { path: string; length: number }[]; hasMetadata: boolean;
  length: number | null; pieceLength: number | null; pieceCount: number | null; private: boolean | null;
  trackers: string[]; webSeeds: string[]; comment: string | null; createdBy: string | null; creationDate: number | null; magnet: string;
}

/** @returns the exit code */
export async function infoCommand(args: string[]): Promise<number> {
  try {
    const { values, subject } = parseOne(args, options, 'FILE or MAGNET');
    if (values.help) {
      process.stdout.write(infoHelp);
      return exitCodes.done;
    }
    const named = await readSource(subject);
    if (named.kind === 'package') {
      sayPackage(ofPackage(openPackage(named.bytes, { allowPrivate: values['allow-private'] ?? false, clientVersion: productVersion() })), values.json);
      return exitCodes.done;
    }
    const info = named.kind === 'torrent' ? ofTorrent(named.metainfo)
      : named.kind === 'magnet' && !values.fetch ? ofMagnet(named.magnet)
        : await fetched(named, values);
    if ('kind' in info) sayPackage(info, values.json);
    else process.stdout.write(values.json ? `${JSON.stringify(info)}\n` : asText(info));
    return exitCodes.done;
  } catch (error) {
    const { exitCode, code, message } = describeError(error);
    if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ type: 'error', code, message })}\n`);
    process.stderr.write(`${message}\n`);
    return exitCode;
  }
}

function sayPackage(info: PackageInfo, json: boolean | undefined): void {
  process.stdout.write(json ? `${JSON.stringify(info)}\n` : packageInfoText(info));
}

function ofTorrent(metainfo: Metainfo): Info {
  const paths = diskPaths(metainfo);
  const { name, infoHash, length, pieceLength, pieceCount, webSeeds } = metainfo;
  const trackers = metainfo.trackers.flat();
  return {
    name, infoHash, hasMetadata: true,
    files: metainfo.files.flatMap((file, index) => (paths[index] === null || paths[index] === undefined ? [] : [{ path: paths[index], length: file.length }])),
    length, pieceLength, pieceCount, private: metainfo.private, trackers, webSeeds,
    comment: metainfo.comment ?? null, createdBy: metainfo.createdBy ?? null, creationDate: metainfo.creationDate ?? null,
    magnet: magnetOf({ infoHash, name, trackers, webSeeds }),
  };
}

function ofMagnet(magnet: Magnet): Info {
  const { infoHash, trackers, webSeeds, peers } = magnet;
  return {
    name: magnet.name ?? null, infoHash, files: [], hasMetadata: false, length: null, pieceLength: null, pieceCount: null, private: null,
    trackers, webSeeds, comment: null, createdBy: null, creationDate: null, magnet: magnetOf({ infoHash, name: magnet.name, trackers, webSeeds, peers }),
  };
}

/** Asks for the file list through a core of its own, which keeps nothing. */
async function fetched(named: Exclude<Named, { kind: 'package' }>, values: Parameters<typeof coreOptions>[0]): Promise<Info | PackageInfo> {
  const folder = await mkdtemp(join(tmpdir(), 'flashswarm-info-'));
  const signal = onInterruption('Stopped.');
  let session: Session | null = null;
  try {
    const core = coreOptions(values, { dataDir: values['data-dir'] ?? join(folder, 'data'), downloadDir: join(folder, 'files') }, productVersion());
    session = await Session.start(core, signal, (line) => process.stderr.write(`${line}\n`));
    const preview = await previewOf(session, named.source, undefined, fetchWithinMs);
    await session.ask('previews.close', { previewId: preview.previewId });
    const ofEvent = ofPreview(preview);
    if (ofEvent) return ofEvent;
    const said = named.kind === 'magnet' ? named.magnet : null;
    const infoHash = preview.infoHash!;
    return {
      name: preview.name, infoHash, hasMetadata: true, files: preview.files.map(({ path, length }) => ({ path, length })), length: preview.bytesTotal,
      pieceLength: null, pieceCount: null, private: null, trackers: said?.trackers ?? [], webSeeds: said?.webSeeds ?? [],
      comment: preview.comment, createdBy: null, creationDate: null,
      magnet: magnetOf({ infoHash, name: preview.name, trackers: said?.trackers, webSeeds: said?.webSeeds }),
    };
  } finally {
    await session?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function asText(info: Info): string {
  const lines = [
    ['Name', info.name === null ? 'not in the link' : printable(info.name)],
    ['Info hash', info.infoHash],
    ['Size', info.length === null ? 'known once somebody sends the file list (--fetch asks)' : formatBytes(info.length)],
    ['Pieces', info.pieceCount === null ? null : `${info.pieceCount} of ${formatPieceSize(info.pieceLength!)}`],
    ['Private', info.private ? 'yes' : null],
    ['Comment', info.comment === null ? null : printable(info.comment)],
    ['Made by', info.createdBy === null ? null : printable(info.createdBy)],
    ['Made on', info.creationDate === null ? null : madeOn(info.creationDate)],
    ...info.trackers.map((url) => ['Tracker', printable(url)]),
    ...info.webSeeds.map((url) => ['Web seed', printable(url)]),
    ['Magnet', info.magnet],
  ].filter(([, value]) => value !== null).map(([label, value]) => `${label!.padEnd(10)} ${value}`);
  const files = info.files.map(({ path, length }) => `${formatBytes(length).padStart(10)}  ${printable(path)}`);
  return `${[...lines, ...(files.length > 0 ? [`Files      ${files.length}`] : []), ...files].join('\n')}\n`;
}

const madeOn = (seconds: number) => (seconds < 8e12 ? new Date(seconds * 1000).toISOString().slice(0, 10) : null);
