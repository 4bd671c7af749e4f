// `flashswarm seed`: shares a file or folder as a new torrent, or what belongs to a torrent or package file, until Ctrl-C.
import { open, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Metainfo } from '../metainfo/metainfo.ts';
import { createTorrent, encodeTorrentFile, MAX_TORRENT_BYTES, magnetOf } from '../metainfo/metainfo.ts';
import { commonHelp, commonOptions, coreOptions, productVersion, UsageError } from '../headless/starter.ts';
import { checkAddresses, parseOne, trackerSchemes, webSeedSchemes } from './arguments.ts';
import { CliError, exitCodes, exitCodesHelp } from './exit-codes.ts';
import { formatBytes, printable } from './format.ts';
import { outcome } from './get-command.ts';
import { readPackageFile } from './input-file.ts';
import { onInterruption } from './interruption.ts';
import { openReport } from './report.ts';
import { Session, stateFolder } from './session.ts';
import { seedPackage } from './seed-package.ts';
import { isPackageFile, readTorrentFile } from './source.ts';
import { readTrustOption } from './trust-option.ts';

export const seedHelp = `Usage: flashswarm seed PATH [options]
       flashswarm seed TORRENT [--data DIR] [options]
       flashswarm seed FILE.evpack [--data DIR] [options]

Shares a file or folder as a new torrent and prints its magnet link; or shares what belongs to a torrent file; or the
layers of an event package that are there (of a sealed layer the files called *.sealed), with a magnet link for each.
The files are checked first and are never written to. Goes on until Ctrl-C, which ends it with exit code 0.

  --data DIR          the folder that contains what the torrent or package names (default: where its file is); of a
                      package also its own folder
  --trust KEY         of a package: share it only if it is signed with this key (a .pub file or a fingerprint). Nobody
                      is asked about the key: what is shared is in your hands already, and whoever fetches it checks the
                      signature. Sharing a package trusts nothing, and pins nothing for "get"
  --tracker URL       a tracker (may be repeated)
  --web-seed URL      an address that has the same files (may be repeated; with PATH)
  --json              JSON lines: {"type": "seeding", "infoHash", "magnet", "port", ...} when others can fetch
${commonHelp}
                      (default: one for each folder and torrent)
  --help              this text

${exitCodesHelp}`;

const options = {
  ...commonOptions,
  'data': { type: 'string' }, 'trust': { type: 'string' }, 'tracker': { type: 'string', multiple: true }, 'web-seed': { type: 'string', multiple: true }, 'json': { type: 'boolean' },
} as const;

/** @returns the exit code */
export async function seedCommand(args: string[]): Promise<number> {
  let report = openReport(args.includes('--json'));
  let session: Session | null = null;
  try {
    const { values, subject } = parseOne(args, options, 'PATH or TORRENT');
    if (values.help) {
      process.stdout.write(seedHelp);
      return exitCodes.done;
    }
    report = openReport(values.json);
    const trackers = checkAddresses(values.tracker, '--tracker', trackerSchemes);
    const webSeeds = checkAddresses(values['web-seed'], '--web-seed', webSeedSchemes);
    const path = resolve(subject);
    const unplaced = coreOptions(values, { dataDir: path, downloadDir: path }, productVersion());
    const signal = onInterruption('Stopped sharing.');
    if (await isPackageFile(path)) {
      if (webSeeds.length > 0) throw new UsageError('--web-seed cannot be added to a package: its publisher signs them.');
      const bytes = await readPackageFile(path);
      const trust = values.trust === undefined ? null : await readTrustOption(values.trust);
      const core = { ...unplaced, settings: { seedingGoal: { kind: 'none' }, ...unplaced.settings } };
      await seedPackage({ bytes, data: values.data ?? dirname(path), trust, trackers, dataDir: values['data-dir'] ?? null, core }, report, signal, (begun) => (session = begun));
    }
    if (values.trust !== undefined) throw new UsageError('--trust goes with event packages, and this is none.');
    const { metainfo, folder } = await contentOf(path, values.data, trackers, webSeeds, signal);
    const dataDir = resolve(values['data-dir'] ?? await stateFolder('seed', folder, metainfo.infoHash));
    const core = { ...unplaced, dataDir, downloadDir: folder, settings: { seedingGoal: { kind: 'none' }, ...unplaced.settings } };
    session = await Session.start(core, signal, (line) => process.stderr.write(`${line}\n`));

    const { id, merged } = await session.ask('packages.add', {
      source: { kind: 'bytes', base64: Buffer.from(encodeTorrentFile(metainfo)).toString('base64') },
      folder: session.grant(folder), trackers, paused: true,
    });
    const known = (await session.ask('session.snapshot', {})).packages.find((p) => p.id === id);
    if (merged && known && resolve(known.folder) !== folder) {
      throw new CliError('in-use', `This is in the data folder's list already, with its files in ${known.folder}. Name that folder, or another --data-dir.`);
    }
    // Resume data that fits the files spares reading them again.
    const sure = merged && known !== undefined && known.bytesTotal > 0 && known.bytesDone === known.bytesTotal;
    if (!sure) await session.ask('packages.recheck', { ids: [id] });
    const checked = await session.follow(id, (summary) => {
      report.progress(summary);
      if (summary.state.kind === 'problem') outcome(summary);
      return summary.hasMetadata && summary.state.kind !== 'checking' ? summary : undefined;
    });
    if (checked.bytesDone < checked.bytesWanted) {
      throw new CliError('incomplete', checked.bytesDone === 0
        ? `The files of "${printable(metainfo.name)}" are not in ${folder}, or they differ. Name their folder with --data.`
        : `Only ${formatBytes(checked.bytesDone)} of ${formatBytes(checked.bytesTotal)} in ${folder} belong to this torrent. Fetch the rest with: flashswarm get --seed`);
    }
    await session.ask('packages.resume', { ids: [id] });
    await session.follow(id, outcome);
    const { totals } = await session.ask('session.snapshot', {});
    const magnet = magnetOf({ infoHash: metainfo.infoHash, name: metainfo.name, trackers: [...new Set([...metainfo.trackers.flat(), ...trackers])], webSeeds: metainfo.webSeeds });
    report.say(
      { type: 'seeding', name: metainfo.name, infoHash: metainfo.infoHash, magnet, port: totals.listenPort, folder, bytes: checked.bytesTotal },
      `Sharing ${printable(metainfo.name)} (${formatBytes(checked.bytesTotal)}) on port ${totals.listenPort} until Ctrl-C.\n${magnet}`,
    );
    await session.follow(id, (summary) => {
      report.progress(summary);
      outcome(summary);
      return undefined;
    });
    return exitCodes.done;
  } catch (error) {
    await session?.stop();
    // Ctrl-C is how sharing ends.
    const stopped = error instanceof CliError && (error.code === 'cancelled' || error.code === 'terminated');
    if (stopped && session) return exitCodes.done;
    return report.fail(error);
  }
}

/** What to share, and the folder that contains it. */
async function contentOf(path: string, data: string | undefined, trackers: string[], webSeeds: string[], signal: AbortSignal): Promise<{ metainfo: Metainfo; folder: string }> {
  if (await isTorrentFile(path)) {
    const { metainfo } = await readTorrentFile(path);
    return { metainfo, folder: resolve(data ?? dirname(path)) };
  }
  if (data !== undefined) throw new CliError('usage', `--data goes with a torrent file, and ${path} is none.`);
  const metainfo = await createTorrent(path, { trackers: trackers.map((url) => [url]), webSeeds, signal }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : error;
  });
  // The engine looks for what the torrent names; a name that no disk keeps as it is would not be found again.
  if (metainfo.name !== basename(path)) throw new CliError('unreadable', `The name of ${path} cannot be used in a torrent. Rename it first.`);
  return { metainfo, folder: dirname(path) };
}

/** By its name, or by its content when it has another one: `d` of a dictionary, then a key and `info` somewhere. */
async function isTorrentFile(path: string): Promise<boolean> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CliError('not-found', error.code === 'ENOENT' ? `There is no file or folder ${path}` : `${path} cannot be read (${error.code ?? 'unknown'}).`);
  });
  if (!info.isFile()) return false;
  if (/\.torrent$/i.test(path)) return true;
  if (info.size > MAX_TORRENT_BYTES || info.size === 0) return false;
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new CliError('unreadable', `${path} cannot be read (${error.code ?? 'unknown'}).`);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    if (!/^d\d{1,3}:[a-z]/.test(buffer.toString('latin1', 0, bytesRead))) return false;
  } finally {
    await file.close();
  }
  return readTorrentFile(path).then(() => true, () => false);
}
