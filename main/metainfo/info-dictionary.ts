// Checks the info dictionary of a torrent (BEP 3, 47, the v1 side of 52): nothing after this has to doubt a number in it.
import { decodeBounded } from 'bencode';
import type { Metainfo, MetainfoFile } from './metainfo.ts';
import { MetainfoError, v2OnlyError } from './metainfo-error.ts';
import { flattenFileTree } from './file-tree.ts';

export type InfoPart = Pick<
  Metainfo,
  'infoBytes' | 'name' | 'pieceLength' | 'length' | 'pieceCount' | 'hashes' | 'files' | 'private' | 'multiFile'
>;

const MAX_FILES = 100_000;
const MAX_PATH_DEPTH = 40;
const MAX_NAME_BYTES = 4096;
const MAX_PIECE_LENGTH = 256 * 1024 * 1024;
const MAX_SAME_PATH = 16;
const LIMITS = { maxBytes: 32 * 1024 * 1024, maxDepth: 64, maxElements: 2_000_000, strict: true };

/** @param infoBytes kept by reference: the hashes in the answer are a view of them */
export function parseInfoDictionary(infoBytes: Uint8Array): InfoPart {
  const info = decodeInfo(infoBytes);
  const pieces = info['pieces'];
  if (pieces === undefined && (info['file tree'] !== undefined || info['meta version'] === 2)) throw v2OnlyError();

  const name = text(info['name.utf-8'] ?? info['name'], 'name');
  const pieceLength = info['piece length'];
  if (!Number.isSafeInteger(pieceLength) || (pieceLength as number) < 1 || (pieceLength as number) > MAX_PIECE_LENGTH) {
    throw bad('The size of its pieces makes no sense.');
  }
  if (!(pieces instanceof Uint8Array) || pieces.length === 0 || pieces.length % 20 !== 0) {
    throw bad('Its list of piece hashes is damaged.');
  }
  const multiFile = info['files'] !== undefined;
  if (multiFile && info['length'] !== undefined) throw bad('It claims to be one file and many at once.');
  const files = multiFile ? listedFiles(info['files']) : [singleFile(info, name)];
  const length = total(files);
  const pieceCount = pieces.length / 20;
  if (Math.ceil(length / (pieceLength as number)) !== pieceCount) {
    throw bad('The number of pieces does not fit the size of the files.');
  }
  if (info['file tree'] !== undefined) refuseDisagreement(info['file tree'], files, multiFile ? [] : [name]);

  // A view of the kept bytes, so that a torrent is held once in memory. `pieces` is a view of a copy with equal
  // offsets.
  const view = pieces as Buffer;
  const hashes = infoBytes.subarray(view.byteOffset, view.byteOffset + view.length);
  const isPrivate = info['private'] === 1;
  return { infoBytes, name, pieceLength: pieceLength as number, length, pieceCount, hashes, files, private: isPrivate, multiFile };
}

function decodeInfo(infoBytes: Uint8Array): Record<string, unknown> {
  let info: unknown;
  try {
    info = decodeBounded(infoBytes, LIMITS).value;
  } catch (error) {
    throw new MetainfoError('bad-metadata', 'This torrent is damaged: it cannot be read.', { cause: error });
  }
  if (!isDictionary(info)) throw bad('It describes no files.');
  return info;
}

function singleFile(info: Record<string, unknown>, name: string): MetainfoFile {
  refuseSymlink(info);
  return { path: [name], length: fileLength(info['length']), offset: 0, padding: false };
}

function listedFiles(list: unknown): MetainfoFile[] {
  if (!Array.isArray(list) || list.length === 0) throw bad('Its list of files is empty or damaged.');
  if (list.length > MAX_FILES) throw new MetainfoError('too-large', 'This torrent lists more than 100,000 files.');
  const files: MetainfoFile[] = [];
  const seen = new Map<string, number>();
  let offset = 0;
  for (const entry of list) {
    if (!isDictionary(entry)) throw bad('Its list of files is damaged.');
    refuseSymlink(entry);
    const components = entry['path.utf-8'] ?? entry['path'];
    if (!Array.isArray(components) || components.length === 0) throw bad('One of its files has no name.');
    if (components.length > MAX_PATH_DEPTH) throw bad('Its folders are nested too deep.');
    const path = components.map(component => text(component, 'file name'));
    const padding = isPadding(entry, path);
    const length = fileLength(entry['length']);
    if (!padding) {
      const key = path.join('\0');
      const times = (seen.get(key) ?? 0) + 1;
      if (times > MAX_SAME_PATH) throw bad('The same file name is in it many times over.');
      seen.set(key, times);
    }
    const file: MetainfoFile = { path, length, offset, padding };
    const mtimeSeconds = entry['mtime'];
    if (Number.isSafeInteger(mtimeSeconds) && (mtimeSeconds as number) > 0) file.mtime = (mtimeSeconds as number) * 1000;
    files.push(file);
    offset += length;
    if (!Number.isSafeInteger(offset)) throw bad('Its files are larger than any disk.');
  }
  return files;
}

function total(files: MetainfoFile[]): number {
  const real = files.reduce((sum, file) => sum + (file.padding ? 0 : file.length), 0);
  if (real === 0) throw new MetainfoError('empty', 'This torrent has no content: all its files are empty.');
  const last = files[files.length - 1]!;
  return last.offset + last.length;
}

function fileLength(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw bad('One of its files has an impossible size.');
  return value as number;
}

function refuseSymlink(entry: Record<string, unknown>): void {
  if (attributes(entry).includes('l') || entry['symlink path'] !== undefined) {
    throw new MetainfoError('symlink', 'This torrent contains links to other places on the disk, which is not safe.');
  }
}

function isPadding(entry: Record<string, unknown>, path: string[]): boolean {
  return attributes(entry).includes('p') || path[0] === '.pad' || path[path.length - 1]!.startsWith('_____padding_file_');
}

function attributes(entry: Record<string, unknown>): string {
  const value = entry['attr'];
  return value instanceof Uint8Array ? Buffer.from(value.subarray(0, 16)).toString('latin1') : '';
}

function text(value: unknown, what: string): string {
  if (!(value instanceof Uint8Array)) throw bad(`Its ${what} is missing.`);
  if (value.length > MAX_NAME_BYTES) throw bad(`Its ${what} is longer than any name may be.`);
  if (value.length > 0 && value.every(byte => byte === 0)) throw bad(`Its ${what} has no readable letter.`);
  return (value as Buffer).toString('utf8'); // what bencode gives; another view of it, once for every name, costs more than the name
}

// BEP 52: both halves of a hybrid must say the same, or two programs would make different files from one torrent.
function refuseDisagreement(tree: unknown, files: MetainfoFile[], onlyName: string[]): void {
  const v2 = flattenFileTree(tree, MAX_FILES);
  const v1 = new Map<string, number>();
  for (const file of files) if (!file.padding) v1.set((onlyName.length > 0 ? onlyName : file.path).join('\0'), file.length);
  const agrees = v2 !== null && v2.size === v1.size && [...v1].every(([path, length]) => v2.get(path) === length);
  if (!agrees) throw bad('Its v1 and v2 halves disagree about the files.');
}

function isDictionary(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function bad(sentence: string): MetainfoError {
  return new MetainfoError('bad-metadata', `This torrent is damaged or malicious. ${sentence}`);
}
