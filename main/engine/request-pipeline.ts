// How many blocks to have outstanding at a peer: about what the line carries in one round trip, plus one piece.
import { BLOCK_LENGTH } from './wire-messages.ts';

export interface PipelineInput {
  pieceLength: number;
  /** What this peer delivers now. */
  bytesPerSecond: number;
  /** Shortest time seen between a request and its first byte; null before the first block. */
  roundTripMs: number | null;
  /** The peer sends whole pieces one after another and paces itself (our crowd extension). */
  pieceSerial: boolean;
  /** Other peers want the same pieces, so what is hoarded here is missing there. */
  crowd: boolean;
  /** The peer's own limit of outstanding requests (BEP 10 reqq). */
  peerLimit: number | null;
  /** The limit set for this torrent, or null. */
  limitBytesPerSecond: number | null;
}

/** Enough for 8 MiB under way: fills a fast line at 100 ms round trip before the first rate is known. */
const OPENING_BLOCKS = 500;
const MIN_BLOCKS = 8;
const MAX_BLOCKS = 2000;
/** What a peer that says nothing is sure to accept (libtorrent and qBittorrent: 500 and more, old clients: 250). */
const DEFAULT_PEER_LIMIT = 250;

/** The number of blocks that may be outstanding at the peer now. */
export function pipelineBlocks(input: PipelineInput): number {
  const pieceBlocks = Math.ceil(input.pieceLength / BLOCK_LENGTH);
  const perSecond = input.bytesPerSecond / BLOCK_LENGTH;
  const roundTripSeconds = Math.min(2, Math.max(0.02, (input.roundTripMs ?? 50) / 1000));
  let blocks: number;
  if (input.crowd) {
    // One piece in hand and one round trip on the way; a little more, so that a growing rate can be seen.
    blocks = Math.min(pieceBlocks, 128) + Math.ceil(perSecond * roundTripSeconds * 1.5);
    if (!input.pieceSerial) blocks = Math.max(blocks, Math.ceil(perSecond * 0.3));
  } else {
    blocks = Math.max(OPENING_BLOCKS, Math.ceil(perSecond * Math.max(0.5, roundTripSeconds * 2)));
  }
  if (input.limitBytesPerSecond !== null) {
    blocks = Math.min(blocks, 2 + Math.ceil(input.limitBytesPerSecond / BLOCK_LENGTH));
  }
  return Math.max(1, Math.min(Math.max(MIN_BLOCKS, blocks), MAX_BLOCKS, input.peerLimit ?? DEFAULT_PEER_LIMIT)) | 0;
}
