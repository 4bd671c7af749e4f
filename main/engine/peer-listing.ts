// How the people of one torrent look from outside: one row each, and how many of them do something.
import type { PeerInfo } from './engine-types.ts';
import type { PeerLink } from './peer-link.ts';

export function peerInfoOf(link: PeerLink): PeerInfo {
  const { connection } = link;
  return {
    id: String(link.id), address: connection.address, client: connection.clientName, transport: connection.transport,
    incoming: connection.incoming, encrypted: connection.encrypted, flags: flagsOf(link),
    progress: link.pieces && link.pieces.length > 0 ? link.pieces.count / link.pieces.length : 0,
    downloadBytesPerSecond: link.down.bytesPerSecond, uploadBytesPerSecond: link.up.bytesPerSecond,
    receivedBytes: link.down.total, sentBytes: link.up.total, choked: link.peerChoking, interested: link.peerInterested,
    source: connection.source,
  };
}

/** How many send to us, receive from us, have anything at all. */
export function activityOf(links: Iterable<PeerLink>): { sendingToUs: number; receivingFromUs: number; peersWithData: number } {
  let sendingToUs = 0;
  let receivingFromUs = 0;
  let peersWithData = 0;
  for (const link of links) {
    if (link.down.bytesPerSecond > 0) sendingToUs++;
    if (link.up.bytesPerSecond > 0) receivingFromUs++;
    if (link.pieces && link.pieces.count > 0) peersWithData++;
  }
  return { sendingToUs, receivingFromUs, peersWithData };
}

function flagsOf(link: PeerLink): string {
  let flags = '';
  if (link.amInterested) flags += link.peerChoking ? 'd' : 'D';
  if (link.peerInterested) flags += link.amChoking ? 'u' : 'U';
  if (link.snubbed) flags += 'S';
  if (link.connection.incoming) flags += 'I';
  if (link.connection.encrypted) flags += 'E';
  if (link.connection.transport === 'utp') flags += 'P';
  if (link.connection.speaksCrowd) flags += 'F';
  return flags;
}
