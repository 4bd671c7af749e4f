// What one torrent counts for its figures while it runs: who came and went, raw bytes by source, and how often the crowd has what is wanted.
import type { PeerLink } from './peer-link.ts';

/** Plain counters since the torrent was opened; the session adds to them where it happens. */
export class SessionFigures {
  joined = 0;
  left = 0;
  /** As they arrive, before they are verified: what lines carry, not what is kept. */
  fromPeople = 0;
  fromServer = 0;
  uploaded = 0;
  /** Epoch milliseconds. */
  startedAt: number | null = null;
  firstPieceAt: number | null = null;

  /** Somebody came or something arrived since the torrent was opened. */
  get anything(): boolean {
    return this.joined > 0 || this.fromPeople > 0 || this.fromServer > 0;
  }
}

export interface Person { who: string; complete: boolean; helping: boolean }

export interface CrowdFigures {
  people: Person[];
  /** Over the wanted pieces: how many there are, their copies among the people together, and the copies of the rarest. */
  pieces: number;
  copies: number;
  rarest: number;
}

interface Copies { availabilityOf(piece: number): number }

type Counted = Pick<PeerLink, 'isSeed'> & { connection: { peerId: string }; down: { bytesPerSecond: number } };

/**
 * @param priorities by piece, 0: not wanted; null while the file list is not here
 * @param picker knows the copies among the people; null while the files are not open
 */
export function crowdOf(links: Iterable<Counted>, priorities: Uint8Array | null, picker: Copies | null): CrowdFigures {
  const people: Person[] = [];
  for (const link of links) people.push({ who: link.connection.peerId, complete: link.isSeed, helping: link.down.bytesPerSecond > 0 });
  let pieces = 0;
  let copies = 0;
  let rarest = Number.POSITIVE_INFINITY;
  if (priorities && picker && people.length > 0) {
    for (let piece = 0; piece < priorities.length; piece++) {
      if (priorities[piece] === 0) continue;
      const count = picker.availabilityOf(piece);
      pieces++;
      copies += count;
      if (count < rarest) rarest = count;
    }
  }
  return { people, pieces, copies, rarest: pieces > 0 ? rarest : 0 };
}

/** Copies by piece among the people connected; none while the files are not open (`picker` null). */
export function copiesOf(pieceCount: number, picker: Copies | null): Uint16Array {
  const copies = new Uint16Array(pieceCount);
  for (let piece = 0; picker && piece < pieceCount; piece++) copies[piece] = picker.availabilityOf(piece);
  return copies;
}
