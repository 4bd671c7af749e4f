// Where a complete file of a package is, for a host that plays it: only what was verified, and not before its start.
import { basename, extname, join } from 'node:path';
import type { Output } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import type { PackageEntry } from './package-entry.ts';

/** Types that players understand; anything else is bytes that nothing runs. */
const contentTypes: Record<string, string> = {
  '.mp4': 'video/mp4', '.m4v': 'video/mp4', '.webm': 'video/webm', '.mkv': 'video/x-matroska', '.mov': 'video/quicktime', '.ts': 'video/mp2t',
  '.mp3': 'audio/mpeg', '.ogg': 'audio/ogg', '.opus': 'audio/ogg', '.wav': 'audio/wav', '.flac': 'audio/flac', '.m4a': 'audio/mp4',
};

/** @throws {ContractError} `not-found`, `not-here` while it is not complete or not open yet */
export function completeFile(entry: PackageEntry, index: number): Output<'packages.file'> {
  const file = entry.files().find((one) => one.index === index);
  if (!file) throw new ContractError('not-found', `There is no file number ${index}.`);
  const startsAt = entry.event?.startsAt ?? null;
  if (startsAt !== null && startsAt > Date.now()) throw new ContractError('not-here', `This opens at ${new Date(startsAt).toISOString()}.`);
  if (file.bytesDone < file.length || (file.check !== 'none' && file.check !== 'right')) {
    throw new ContractError('not-here', `"${basename(file.path)}" is not complete yet.`);
  }
  return { path: join(entry.record.folder, file.path), length: file.length, contentType: contentTypes[extname(file.path).toLowerCase()] ?? 'application/octet-stream' };
}
