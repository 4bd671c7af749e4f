// Hashes pieces as they are on the disk and says of each whether it is right.
import type { StoreFiles } from './chunk-store-files.ts';
import { hasSha1, inHashingPlace } from './chunk-store-hashing.ts';

const WORKERS = 3;

/** @param report called once per piece, in no particular order. Throws the signal's reason when it fires. */
export async function verifyPieces(
  files: StoreFiles, pieces: readonly number[], report: (piece: number, right: boolean) => void, signal?: AbortSignal,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    const buffer = new Uint8Array(Math.min(files.layout.metainfo.pieceLength, files.layout.metainfo.length));
    while (next < pieces.length) {
      signal?.throwIfAborted();
      const piece = pieces[next++]!;
      report(piece, await inHashingPlace(() => verifyPiece(files, piece, buffer)));
    }
  };
  const results = await Promise.allSettled(Array.from({ length: WORKERS }, work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** @param buffer for a whole piece; what is left in it from the piece before never counts */
async function verifyPiece(files: StoreFiles, piece: number, buffer: Uint8Array): Promise<boolean> {
  const { hashes } = files.layout.metainfo;
  const expected = hashes.subarray(piece * 20, piece * 20 + 20);
  const data = buffer.subarray(0, files.layout.pieceBytes(piece));
  const segments = files.layout.segments(piece);
  const unreadable: typeof segments = [];
  for (const segment of segments) {
    const part = data.subarray(segment.pieceOffset, segment.pieceOffset + segment.length);
    if (files.isAbsent(segment.file, piece)) unreadable.push(segment);
    else await files.read([segment], piece, part).catch(() => unreadable.push(segment));
  }
  if (unreadable.length === 0 && (await hasSha1(data, expected))) return true;
  if (!files.parts.has(piece)) return false;

  // The program may have died while bytes were on their way from the parts file into a file that became wanted.
  const moved: { segment: (typeof segments)[number]; part: Uint8Array }[] = [];
  for (const segment of segments) {
    if (files.viaParts[segment.file]) continue;
    const part = new Uint8Array(segment.length);
    const there = await files.parts.read(piece, segment.pieceOffset, part).then(() => true, () => false);
    if (!there || !(unreadable.includes(segment) || part.some(byte => byte !== 0))) continue;
    data.set(part, segment.pieceOffset);
    moved.push({ segment, part });
  }
  if (unreadable.some(segment => !moved.some(one => one.segment === segment))) return false;
  if (moved.length === 0 || !(await hasSha1(data, expected))) return false;
  for (const { segment, part } of moved) await files.writeSegment(segment, part);
  return true;
}
