// `flashswarm get`: fetches a torrent or an event package into a folder, shows how it goes, and ends when every byte is verified.
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Input, PackageSummary, Preview } from '../../contract/index.ts';
import { commonHelp, commonOptions, coreOptions, productVersion, UsageError } from '../headless/starter.ts';
import { parseOne } from './arguments.ts';
import { filesBySource } from './byte-sources.ts';
import { CliError, exitCodes, exitCodesHelp } from './exit-codes.ts';
import { matchesPattern } from './file-pattern.ts';
import { formatBytes, formatDuration, printable } from './format.ts';
import type { PackageOrder } from './get-package.ts';
import { getPackage } from './get-package.ts';
import { onInterruption } from './interruption.ts';
import { previewOf } from './preview.ts';
import type { Report } from './report.ts';
import { openReport } from './report.ts';
import { packageState, Session, stateFolder } from './session.ts';
import type { Named } from './source.ts';
import { readSource } from './source.ts';
import { sourcesOf } from './sources-line.ts';
import { readTrustOption } from './trust-option.ts';

export const getHelp = `Usage: flashswarm get SOURCE [--out DIR] [options]

Fetches SOURCE into a folder: a torrent file, a magnet link, an info hash, an event package (.evpack), the web address of
a torrent or package, or a flashswarm: link. Stopped with Ctrl-C it keeps what is verified; the same command goes on from there.

  --out DIR           where the files go (default: the current folder)
  --files PATTERN     of a torrent: only files that match, e.g. '*.mkv' or 'docs/**' (may be repeated)
  --seed              go on sharing when it is complete, until Ctrl-C
  --json              JSON lines instead of the display (always when stdout is no terminal):
                      {"type": "progress" | "package" | "layer" | "core-ready" | "done" | "error" | ..., ...}
  Of event packages:
  --trust KEY         trust the publisher's key from now on: a .pub file (of minisign, signify or OpenSSL), or its
                      fingerprint as 40 hex digits or 12 words. Without it a key that was never seen before is asked
                      about on a terminal, and refused with exit code 8 elsewhere
  --layers ID,ID      the optional layers to fetch; required ones always are (default: all, or as chosen before)
  --accept-terms      the publisher's terms, which are printed, are accepted
  --accept-region     you are in one of the regions that the publisher offers it in
  --update            ask the publisher for the newest version first
  --wait              wait until sealed layers are opened, when the publisher releases their key
${commonHelp}
                      (default: one for each folder and source, removed when done; for packages one for each folder,
                      which stays, so that a newer version fetches only what changed. Trusted keys and the versions that
                      were taken are one list for you, in every folder; with --data-dir the list in DIR is used)
  --help              this text

${exitCodesHelp}`;

const options = {
  ...commonOptions,
  'out': { type: 'string' }, 'files': { type: 'string', multiple: true }, 'seed': { type: 'boolean' }, 'json': { type: 'boolean' },
  'trust': { type: 'string' }, 'layers': { type: 'string', multiple: true }, 'accept-terms': { type: 'boolean' }, 'accept-region': { type: 'boolean' },
  'update': { type: 'boolean' }, 'wait': { type: 'boolean' },
} as const;
const packageOptions = ['trust', 'layers', 'accept-terms', 'accept-region', 'update', 'wait'] as const;
type Values = ReturnType<typeof parseOne<typeof options>>['values'];

/** @returns the exit code */
export async function getCommand(args: string[]): Promise<number> {
  let report = openReport(args.includes('--json'));
  let session: Session | null = null;
  try {
    const { values, subject } = parseOne(args, options, 'SOURCE');
    if (values.help) {
      process.stdout.write(getHelp);
      return exitCodes.done;
    }
    report = openReport(values.json);
    const out = resolve(values.out ?? '.');
    const unplaced = coreOptions(values, { dataDir: out, downloadDir: out }, productVersion());
    const named = await readSource(subject);
    const forPackage = packageOptions.find((name) => values[name] !== undefined);
    if (forPackage && (named.kind === 'torrent' || named.kind === 'magnet')) throw new UsageError(`--${forPackage} goes with event packages, and this is none.`);
    const order = await orderOf(values, named, out, unplaced.peers);
    const signal = onInterruption('Stopped. What is verified is kept; the same command goes on from there.');
    const log = (line: string) => process.stderr.write(`${line}\n`);
    const startForPackage = async () => Session.start({ ...unplaced, ...(await placeOf(values, out)) }, signal, log).catch((error: unknown) => {
      throw values['data-dir'] === undefined && error instanceof CliError && error.code === 'in-use'
        ? new CliError('in-use', `Another command is fetching or sharing packages in ${out}. Wait until it ends, or name another folder with --out.`) : error;
    });

    if (named.kind === 'package' || (named.kind === 'address' && (named.isPackage || forPackage))) {
      session = await startForPackage();
      await getPackage(session, order, report, signal);
      await session.stop();
      return exitCodes.done;
    }

    const dataDir = resolve(values['data-dir'] ?? await stateFolder('get', out, named.key));
    const startedAt = Date.now();
    session = await Session.start({ ...unplaced, dataDir }, signal, log);
    let preview: Preview | null = null;
    if (named.kind === 'address' || values.files) preview = await previewOf(session, named.source, session.grant(out));
    if (preview?.event) {
      // Only what came from the address told what it is; packages keep their state elsewhere.
      await session.stop();
      if (values['data-dir'] === undefined) await rm(dataDir, { recursive: true, force: true });
      session = await startForPackage();
      await getPackage(session, order, report, signal);
      await session.stop();
      return exitCodes.done;
    }
    const id = await add(session, named, preview, out, values.files ?? []);
    const done = await session.follow(id, (summary) => {
      report.progress(summary);
      return outcome(summary);
    });
    await sayDone(session, done, report, (Date.now() - startedAt) / 1000);
    if (values.seed) {
      report.say({ type: 'seeding', infoHash: done.infoHash }, 'Sharing until Ctrl-C.');
      await session.follow(id, (summary) => {
        report.progress(summary);
        outcome(summary);
        return undefined;
      });
    }
    await session.stop();
    // Nothing is left to go on with. A folder that the user named is the user's.
    if (values['data-dir'] === undefined) await rm(dataDir, { recursive: true, force: true });
    return exitCodes.done;
  } catch (error) {
    await session?.stop();
    return report.fail(error);
  }
}

async function placeOf(values: Values, out: string): Promise<{ dataDir: string; trustFile?: string }> {
  return values['data-dir'] === undefined ? packageState(out) : { dataDir: resolve(values['data-dir']) };
}

/** @throws {UsageError} */
async function orderOf(values: Values, named: Named, out: string, peers: string[]): Promise<PackageOrder> {
  if (values.files && named.kind === 'package') throw new UsageError('--files goes with torrents. Of a package choose parts with --layers.');
  const layers = values.layers?.flatMap((list) => list.split(',')).map((id) => id.trim()).filter((id) => id !== '') ?? null;
  return {
    source: named.source, bytes: named.kind === 'package' ? named.bytes : null, out, layers, peers, trust: values.trust === undefined ? null : await readTrustOption(values.trust),
    acceptTerms: values['accept-terms'] ?? false, acceptRegion: values['accept-region'] ?? false, update: values.update ?? false, wait: values.wait ?? false, seed: values.seed ?? false,
  };
}

/** Adds the source, with the chosen files when the file list can be known first. */
async function add(session: Session, named: Named, preview: Preview | null, out: string, patterns: string[]): Promise<string> {
  const folder = session.grant(out);
  const input: Input<'packages.add'> = preview ? { previewId: preview.previewId, folder } : { source: named.source, folder };
  let files: Input<'packages.add'>['files'];
  if (preview && patterns.length > 0) {
    files = preview.files.map(({ index, path }) => ({
      index, priority: patterns.some((pattern) => matchesPattern(pattern, path)) ? 'normal' as const : 'skip' as const,
    }));
    if (files.every((file) => file.priority === 'skip')) {
      await session.ask('previews.close', { previewId: preview.previewId });
      throw new CliError('not-found', `No file of "${printable(preview.name ?? '')}" matches ${patterns.join(' or ')}.`);
    }
    input.files = files;
  }
  const { id, merged } = await session.ask('packages.add', input);
  if (merged) {
    // The same command again: its folder and choice were kept; a pause or another choice is ended here.
    const { packages } = await session.ask('session.snapshot', {});
    const here = packages.find((p) => p.id === id);
    if (here && resolve(here.folder) !== out) {
      throw new CliError('in-use', `This is in the data folder's list already, with its files in ${here.folder}. Name that folder, or another --data-dir.`);
    }
    if (files) await session.ask('packages.setFiles', { id, files });
    if (here?.paused || here?.state.kind === 'problem') await session.ask('packages.resume', { ids: [id] });
  }
  return id;
}

const problemCodes: Record<string, string> = { 'disk-full': 'no-space', 'not-writable': 'not-writable', 'files-missing': 'files-missing', 'file-changed': 'file-changed', 'bad-metadata': 'bad-metadata' };

/** The summary when everything chosen is verified. @throws {CliError} when it cannot go on by itself */
export function outcome(summary: PackageSummary): PackageSummary | undefined {
  const { kind, reason, message } = summary.state;
  if (kind === 'problem') throw new CliError(problemCodes[reason] ?? 'internal', message ?? 'The download cannot go on.');
  const complete = summary.hasMetadata && (kind === 'seeding' || kind === 'complete') && summary.bytesDone === summary.bytesWanted;
  return complete ? summary : undefined;
}

async function sayDone(session: Session, s: PackageSummary, report: Report, seconds: number): Promise<void> {
  const detail = await session.ask('packages.detail', { id: s.id });
  const files = filesBySource(detail);
  const whole = files.length === detail.files.length;
  const sum = (name: 'fromPeople' | 'fromServer' | 'fromLocal') => files.reduce((bytes, file) => bytes + file[name], 0);
  // The engine counts whole pieces exactly; a piece also holds bytes of files that nobody chose.
  const { fromPeople, fromServer, fromLocal } = whole ? s : { fromPeople: sum('fromPeople'), fromServer: sum('fromServer'), fromLocal: sum('fromLocal') };
  if (files[0] && detail.files.length === 1) Object.assign(files[0], { fromPeople, fromServer, fromLocal });
  const parts = [[fromPeople, 'from people'], [fromServer, 'from servers'], [fromLocal, 'here before']] as const;
  const where = parts.filter(([bytes]) => bytes > 0).map(([bytes, text]) => `${formatBytes(bytes)} ${text}`).join(', ');
  const { figures, lines } = await sourcesOf(session, s.id);
  report.say(
    { type: 'done', name: s.name, infoHash: s.infoHash, folder: s.folder, bytes: s.bytesWanted, seconds, fromPeople, fromServer, fromLocal, ...figures, files },
    [`${printable(s.name)} is complete and verified: ${formatBytes(s.bytesWanted)} in ${formatDuration(seconds)}${where ? ` (${where})` : ''}.`, ...lines].join('\n'),
  );
}
