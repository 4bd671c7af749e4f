// What a host answers when a complete file of a package is asked for: status, headers, and which bytes of the open file follow.
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Answer, Output } from '../../contract/index.ts';
import { ContractError, requests } from '../../contract/index.ts';
import type { ByteRange } from './byte-range.ts';
import { rangeOf } from './byte-range.ts';
import type { PackageFile } from './media-tickets.ts';

/** As the core names it. */
export type CompleteFile = Output<'packages.file'>;
type Ask = (name: 'packages.file', input: PackageFile) => Promise<Answer<unknown>>;

export interface FileRequest { method: string; range?: string | null; ifRange?: string | null }

export interface FileAnswer {
  status: 200 | 206 | 416;
  headers: Record<string, string>;
  /** Null: no body. Otherwise whoever got this closes the file. */
  content: (ByteRange & { file: FileHandle }) | null;
}

export const isPlayable = (contentType: string): boolean => /^(audio|video)\//.test(contentType);

/** Asks the core, every time anew: a package may be gone, or not open yet. @throws {ContractError} */
export async function findFile(ask: Ask, file: PackageFile): Promise<CompleteFile> {
  const answer = await ask('packages.file', file);
  if (!answer.ok) throw new ContractError(answer.error.code, answer.error.message);
  return requests['packages.file'].output.parse(answer.value);
}

/** The name for whoever keeps it, in ASCII and in full (RFC 6266, RFC 8187). */
function disposition({ path, contentType }: CompleteFile): string {
  const name = basename(path);
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const full = encodeURIComponent(Buffer.from(name).toString()).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  // Anything but sound and film would be a page of this host if a browser showed it.
  return `${isPlayable(contentType) ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${full}`;
}

/** Opens it without waiting for the other end of what is no file. @throws {ContractError} */
async function openExisting({ path, length }: CompleteFile): Promise<{ file: FileHandle; etag: string }> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EMFILE' || code === 'ENFILE') throw new ContractError('internal', 'Too many files are open. Try once more in a moment.');
    throw new ContractError('not-found', `"${basename(path)}" is not on the disk any more (${code ?? 'unknown'}). Check the package, and it is fetched again.`);
  }
  try {
    const info = await file.stat({ bigint: true });
    if (!info.isFile() || info.size !== BigInt(length)) {
      throw new ContractError('not-here', `"${basename(path)}" was changed on the disk. Check the package, and it is fetched again.`);
    }
    return { file, etag: `"${info.size.toString(16)}-${info.mtimeNs.toString(16)}"` };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Opens the file and decides what is sent of it.
 * @throws {ContractError} `not-found` when it is gone, `not-here` when it is another one by now
 */
export async function openAnswer(found: CompleteFile, { method, range, ifRange }: FileRequest): Promise<FileAnswer> {
  const { file, etag } = await openExisting(found);
  const { length } = found;
  // A range means something for GET alone (RFC 9110, 14.2).
  const asked = method === 'GET' ? rangeOf(range, ifRange, { size: length, etag }) : { kind: 'whole' as const };
  const headers = {
    'Accept-Ranges': 'bytes', 'ETag': etag, 'Cache-Control': 'private, no-store', 'X-Content-Type-Options': 'nosniff',
  };
  if (asked.kind === 'unsatisfiable') {
    await file.close();
    return { status: 416, headers: { ...headers, 'Content-Range': `bytes */${length}`, 'Content-Length': '0' }, content: null };
  }
  const { start, end } = asked.kind === 'part' ? asked : { start: 0, end: length - 1 };
  const answer: FileAnswer = {
    status: asked.kind === 'part' ? 206 : 200,
    headers: {
      ...headers, 'Content-Type': found.contentType, 'Content-Disposition': disposition(found), 'Content-Length': String(end - start + 1),
      ...(asked.kind === 'part' ? { 'Content-Range': `bytes ${start}-${end}/${length}` } : {}),
    },
    content: null,
  };
  if (method === 'HEAD' || end < start) await file.close();
  else answer.content = { file, start, end };
  return answer;
}
