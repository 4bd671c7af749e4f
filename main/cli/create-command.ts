// `flashswarm create`: makes a torrent file from a file or folder, offline.
import { basename, resolve } from 'node:path';
import { createTorrent, diskPaths, encodeTorrentFile, magnetOf, MAX_TORRENT_BYTES, parseTorrentFile } from '../metainfo/metainfo.ts';
import { checkAddresses, parseOne, pieceSize, trackerSchemes, webSeedSchemes } from './arguments.ts';
import { exitCodes, exitCodesHelp } from './exit-codes.ts';
import { formatBytes, printable } from './format.ts';
import { onInterruption } from './interruption.ts';
import { checkTarget, writeWhole } from './output-file.ts';
import { readingProgress } from './reading-progress.ts';
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
  const progress = readingProgress(report);
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
    await checkTarget(file, 'torrent file', MAX_TORRENT_BYTES, (bytes) => Boolean(parseTorrentFile(bytes)));
    const signal = onInterruption('Stopped; no torrent file was written.');
    const metainfo = await createTorrent(path, {
      pieceLength, trackers, webSeeds, comment: values.comment, private: values.private, signal, onProgress: progress.onProgress,
    }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
    progress.end();
    await writeWhole(file, encodeTorrentFile(metainfo));
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
    progress.end();
    return report.fail(error);
  }
}
