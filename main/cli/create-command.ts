// `flashswarm create`: makes a torrent file from a file or folder, offline.
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { createTorrent, diskPaths, encodeTorrentFile, magnetOf, MAX_TORRENT_BYTES, parseTorrentFile } from '../metainfo/metainfo.ts';
import { UsageError } from '../headless/starter.ts';
import { checkAddresses, parseOne, trackerSchemes, webSeedSchemes } from './arguments.ts';
import { CliError, exitCodes, exitCodesHelp } from './exit-codes.ts';
import { formatBytes, parseSize, printable } from './format.ts';
import { onInterruption } from './interruption.ts';
import { openReport } from './report.ts';

export const createHelp = `Usage: flashswarm create PATH [--out FILE] [options]

Makes a torrent file from a file or a folder. Nothing is sent anywhere.

  --out FILE          the torrent file (default: the name of PATH with .torrent, in the current folder)
  --tracker URL       a tracker (may be repeated; each is a tier of its own)
  --web-seed URL      an address that has the same files (may be repeated)
  --piece-size SIZE   a power of two from 16K to 64M (default: by the size of PATH)
  --comment TEXT      shown to whoever opens it
  --private           trackers alone may introduce peers
  --json              one JSON line: {"type": "done", "file", "infoHash", "magnet", ...}
  --help              this text

${exitCodesHelp}`;

const options = {
  'out': { type: 'string' }, 'tracker': { type: 'string', multiple: true }, 'web-seed': { type: 'string', multiple: true },
  'piece-size': { type: 'string' }, 'comment': { type: 'string' }, 'private': { type: 'boolean' }, 'json': { type: 'boolean' }, 'help': { type: 'boolean', short: 'h' },
} as const;

/** @returns the exit code */
export async function createCommand(args: string[]): Promise<number> {
  const report = openReport(args.includes('--json'));
  try {
    const { values, subject } = parseOne(args, options, 'PATH');
    if (values.help) {
      process.stdout.write(createHelp);
      return exitCodes.done;
    }
    const pieceLength = values['piece-size'] === undefined ? undefined : pieceSize(values['piece-size']);
    const trackers = checkAddresses(values.tracker, '--tracker', trackerSchemes).map((url) => [url]);
    const webSeeds = checkAddresses(values['web-seed'], '--web-seed', webSeedSchemes);
    const path = resolve(subject);
    const file = resolve(values.out ?? `${basename(path)}.torrent`);
    await checkTarget(file);
    const signal = onInterruption('Stopped; no torrent file was written.');
    let drawnAt = 0;
    const metainfo = await createTorrent(path, {
      pieceLength, trackers, webSeeds, comment: values.comment, private: values.private, signal,
      onProgress: (done, total) => {
        if (report.json || Date.now() - drawnAt < 200) return;
        drawnAt = Date.now();
        process.stdout.write(`\r\x1b[KReading, ${Math.floor((done / total) * 100)} % of ${formatBytes(total)}`);
      },
    }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
    if (!report.json) process.stdout.write('\r\x1b[K');
    await write(file, encodeTorrentFile(metainfo));
    const magnet = magnetOf({ infoHash: metainfo.infoHash, name: metainfo.name, trackers: metainfo.trackers.flat(), webSeeds: metainfo.webSeeds });
    const paths = diskPaths(metainfo);
    const files = metainfo.files.flatMap(({ length, padding }, index) => (padding ? [] : [{ path: paths[index], length }]));
    const { name, infoHash, length, pieceCount } = metainfo;
    report.say(
      { type: 'done', file, name, infoHash, magnet, length, pieceLength: metainfo.pieceLength, pieceCount, files },
      `${file}\n${printable(name)}, ${formatBytes(length)} in ${files.length} ${files.length === 1 ? 'file' : 'files'}\n${magnet}`,
    );
    return exitCodes.done;
  } catch (error) {
    return report.fail(error);
  }
}

function pieceSize(text: string): number {
  const bytes = parseSize(text);
  if (bytes === null || bytes < 16 * 1024 || bytes > 64 * 1024 ** 2 || (bytes & (bytes - 1)) !== 0) {
    throw new UsageError(`--piece-size wants a power of two from 16K to 64M, not "${text}".`);
  }
  return bytes;
}

/** An older torrent may be replaced; anything else under that name is somebody's and stays. */
async function checkTarget(file: string): Promise<void> {
  const info = await stat(file).catch(() => null);
  if (!info) return;
  const replaceable = info.isFile() && info.size <= MAX_TORRENT_BYTES
    && await readFile(file).then((bytes) => bytes.length === 0 || Boolean(parseTorrentFile(bytes))).catch(() => false);
  if (!replaceable) throw new CliError('not-writable', `${file} is there already and is not a torrent file. Choose another name with --out.`);
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    await writeFile(draft, bytes, { flag: 'wx' });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw new CliError('not-writable', `${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
}
