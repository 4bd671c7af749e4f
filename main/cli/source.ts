// What SOURCE on the command line is: a link for the core, or a torrent file that is read and checked here.
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Source } from '../../contract/index.ts';
import type { Magnet, Metainfo } from '../metainfo/metainfo.ts';
import { MAX_TORRENT_BYTES, parseMagnet, parseTorrentFile } from '../metainfo/metainfo.ts';
import { CliError } from './exit-codes.ts';

export type Named =
  | { kind: 'torrent'; metainfo: Metainfo; source: Source; key: string }
  | { kind: 'magnet'; magnet: Magnet; source: Source; key: string }
  | { kind: 'address'; url: string; source: Source; key: string };

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
 * Understands a link, an info hash or the path of a torrent file, without asking anybody.
 * @throws {CliError} {MetainfoError} with the sentence for whoever typed it
 */
export async function readSource(text: string): Promise<Named> {
  const link = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(link)?.[1]?.toLowerCase(); // two letters at least: C:\ is a path
  if (scheme === 'magnet') return magnetSource(link);
  if (scheme === 'http' || scheme === 'https') {
    if (!URL.canParse(link)) throw new CliError('bad-link', 'This is not a complete web address.');
    return { kind: 'address', url: link, source: { kind: 'link', link }, key: link };
  }
  const path = scheme === 'file' ? localPath(link) : resolve(text);
  const exists = await stat(path).then(() => true, () => false);
  if (!exists && scheme && scheme !== 'file') {
    throw new CliError('unknown-scheme', `Links that begin with "${scheme.slice(0, 30)}:" cannot be opened. Use a magnet link or the web address of a .torrent file.`);
  }
  if (!exists && /^([0-9a-f]{40}|[a-z2-7]{32})$/i.test(link)) return magnetSource(`magnet:?xt=urn:btih:${link}`);
  if (!exists && scheme === undefined) throw new CliError('not-found', `"${text.slice(0, 300)}" is neither a link nor a file that is there.`);
  const { metainfo, bytes } = await readTorrentFile(path);
  return { kind: 'torrent', metainfo, source: { kind: 'bytes', base64: Buffer.from(bytes).toString('base64') }, key: metainfo.infoHash };
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
