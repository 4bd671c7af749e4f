// Writes a `.torrent` file (BEP 3, 12, 19) around an info dictionary whose bytes are kept exactly as they are.
import { encode } from 'bencode';
import type { Metainfo } from './metainfo.ts';

/** The bytes of the torrent file; the info hash stays the same whatever wrote the info dictionary. */
export function encodeTorrentFile(metainfo: Metainfo): Uint8Array {
  const before: Record<string, unknown> = {
    'announce': metainfo.trackers[0]?.[0],
    'announce-list': metainfo.trackers.flat().length > 1 ? metainfo.trackers : undefined,
    'comment': metainfo.comment,
    'created by': metainfo.createdBy,
    'creation date': metainfo.creationDate,
  };
  const after: Record<string, unknown> = { 'url-list': metainfo.webSeeds.length > 0 ? metainfo.webSeeds : undefined };
  // Keys of a dictionary are sorted, and `info` falls between the two halves.
  return Buffer.concat([
    encode(before).subarray(0, -1),
    Buffer.from('4:info'),
    metainfo.infoBytes,
    encode(after).subarray(1),
  ]);
}
