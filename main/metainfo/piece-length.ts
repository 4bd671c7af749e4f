// Chooses the size of the pieces of a new torrent.

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

// Small pieces spread faster through a crowd (a peer can only give whole pieces); large ones keep the list of hashes,
// the have messages and the bookkeeping small.
const STEPS: readonly (readonly [upToBytes: number, pieceLength: number])[] = [
  [4 * MIB, 32 * KIB],
  [16 * MIB, 64 * KIB],
  [32 * MIB, 128 * KIB],
  [256 * MIB, 256 * KIB],
  [512 * MIB, 512 * KIB],
  [2 * GIB, 1 * MIB],
  [6 * GIB, 2 * MIB],
  [16 * GIB, 4 * MIB],
  [64 * GIB, 8 * MIB],
];

/** Bytes per piece for content of this many bytes. */
export function choosePieceLength(contentBytes: number): number {
  return STEPS.find(([upTo]) => contentBytes <= upTo)?.[1] ?? 16 * MIB;
}

/** Whether a person may ask for this piece length: a power of two from 16 KiB to 64 MiB. */
export function isUsablePieceLength(bytes: number): boolean {
  return Number.isInteger(bytes) && bytes >= 16 * KIB && bytes <= 64 * MIB && (bytes & (bytes - 1)) === 0;
}
