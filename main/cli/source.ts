// What SOURCE on the command line is: a link for the core, or a torrent or package file that is read here.
import type { Stats } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Source } from '../../contract/index.ts';
import type { Magnet, Metainfo } from '../metainfo/metainfo.ts';
import { MAX_TORRENT_BYTES, parseMagnet, parseTorrentFile } from '../metainfo/metainfo.ts';
import { parseFlashswarmLink } from '../package/flashswarm-link.ts';
import { readHeader } from '../package/open-package.ts';
import { CliError } from './exit-codes.ts';
import { readPackageFile } from './input-file.ts';

export type Named =
  | { kind: 'torrent'; metainfo: Metainfo; source: Source; key: string }
  | { kind: 'magnet'; magnet: Magnet; source: Source; key: string }
  /** A torrent or a package, which only its content tells; `isPackage` when its name or its link says so. */
  | { kind: 'address'; url: string; isPackage: boolean; source: Source; key: string }
  | { kind: 'package'; path: string; bytes: Uint8Array; source: Source; key: string };

/** Reads a torrent file. @throws {CliError} {MetainfoError} */
export async function readTorrentFile(path: string): Promise<{ metainfo: Metainfo; bytes: Uint8Array }> {
  let info: Stats;
  try {
    info = await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError('not-found', code === 'ENOENT' ? `There is no file ${path}` : `${path} cannot be read (${code ?? 'unknown'}).`);
  }
  if (info.isDirectory()) throw new CliError('not-a-torrent', `${path} is a folder, not a torrent file.`);
  if (!info.isFile()) throw new CliError('not-a-torrent', `${path} is not a file.`);
  if (info.size > MAX_TORRENT_BYTES) throw new CliError('not-a-torrent', `${path} is larger than 32 MiB, so it is not a torrent file.`);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CliError('unreadable', `${path} cannot be read (${error.code ?? 'unknown'}).`);
  });
  return { metainfo: parseTorrentFile(bytes), bytes };
}

/**
 * Understands a link, an info hash or the path of a torrent or package file, without asking anybody.
 * @throws {CliError} {MetainfoError} {PackageError} with the sentence for whoever typed it
 */
export async function readSource(text: string): Promise<Named> {
  const link = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(link)?.[1]?.toLowerCase(); // two letters at least: C:\ is a path
  if (scheme === 'magnet') return magnetSource(link);
  if (scheme === 'http' || scheme === 'https') {
    if (!URL.canParse(link)) throw new CliError('bad-link', 'This is not a complete web address.');
    return { kind: 'address', url: link, isPackage: /\.evpack$/i.test(new URL(link).pathname), source: { kind: 'link', link }, key: link };
  }
  if (scheme === 'flashswarm') return { kind: 'address', url: parseFlashswarmLink(link).url, isPackage: true, source: { kind: 'link', link }, key: link };
  const path = scheme === 'file' ? localPath(link) : resolve(text);
  const exists = await stat(path).then(() => true, () => false);
  if (!exists && scheme && scheme !== 'file') {
    throw new CliError('unknown-scheme', `Links that begin with "${scheme.slice(0, 30)}:" cannot be opened. Use a magnet link or the web address of a .torrent file.`);
  }
  if (!exists && /^([0-9a-f]{40}|[a-z2-7]{32})$/i.test(link)) return magnetSource(`magnet:?xt=urn:btih:${link}`);
  if (!exists && scheme === undefined) throw new CliError('not-found', `"${text.slice(0, 300)}" is neither a link nor a file that is there.`);
  if (await isPackageFile(path)) {
    const bytes = await readPackageFile(path);
    readHeader(bytes); // what is no package is told here, in the same words for every command
    return { kind: 'package', path, bytes, source: { kind: 'bytes', base64: Buffer.from(bytes).toString('base64') }, key: path };
  }
  const { metainfo, bytes } = await readTorrentFile(path);
  return { kind: 'torrent', metainfo, source: { kind: 'bytes', base64: Buffer.from(bytes).toString('base64') }, key: metainfo.infoHash };
}

/** By its name, or by how it begins when it has another one; a manifest that nobody signed counts, so that it is refused as what it is. */
export async function isPackageFile(path: string): Promise<boolean> {
  if (/\.evpack$/i.test(path)) return true;
  if (/\.torrent$/i.test(path)) return false;
  // Looked at before it is opened: a pipe would wait for its writer.
  if (!(await stat(path).catch(() => null))?.isFile()) return false;
  const file = await open(path, 'r').catch(() => null);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return /^(untrusted comment:|\s*\{\s*"format"\s*:\s*"evpack\/)/.test(buffer.toString('latin1', 0, bytesRead));
  } finally {
    await file.close();
  }
}

function magnetSource(link: string): Named {
  const magnet = parseMagnet(link);
  return { kind: 'magnet', magnet, source: { kind: 'link', link }, key: magnet.infoHash };
}

function localPath(link: string): string {
  try {
    return fileURLToPath(link);
  } catch {
    throw new CliError('bad-link', 'This address names no file of this machine.');
  }
}
