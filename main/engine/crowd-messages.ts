// The crowd extension (BEP 10, "fs_crowd"): acknowledged bytes, which pieces a peer has sent or promised, and which it fetches from the origin; see docs/crowd-extension.md.

export const CROWD_EXTENSION = 'fs_crowd';

const ACK = 0;
const SENT = 1;
const CLAIMED = 2;
const UNCLAIMED = 3;
/** Pieces in one message; more is cut into several. */
const MAX_PIECES = 16384;
/** Nobody fetches so many at once. */
const MAX_CLAIMS = 4096;

export type CrowdMessage =
  /** Bytes of blocks received on this connection since it was opened. */
  | { type: 'ack'; receivedBytes: number }
  /** Pieces that were sent or promised once more, one entry for each time. */
  | { type: 'sent'; pieces: Uint32Array }
  /** Pieces that the peer has begun to fetch from the origin, or has given up there. */
  | { type: 'claims'; begun: boolean; pieces: Uint32Array };

export function encodeAck(receivedBytes: number): Uint8Array {
  const message = Buffer.alloc(7);
  message[0] = ACK;
  message.writeUIntBE(receivedBytes, 1, 6);
  return message;
}

/** Cuts the list into as many messages as it needs. */
export function encodeSent(pieces: readonly number[]): Uint8Array[] {
  return encodePieces(SENT, pieces, MAX_PIECES);
}

/** Pieces begun at the origin, or given up there. */
export function encodeClaims(pieces: readonly number[], begun: boolean): Uint8Array[] {
  return encodePieces(begun ? CLAIMED : UNCLAIMED, pieces, MAX_CLAIMS);
}

function encodePieces(type: number, pieces: readonly number[], most: number): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let from = 0; from < pieces.length; from += most) {
    const part = pieces.slice(from, from + most);
    const message = Buffer.alloc(1 + 4 * part.length);
    message[0] = type;
    for (let i = 0; i < part.length; i++) message.writeUInt32BE(part[i]!, 1 + 4 * i);
    messages.push(message);
  }
  return messages;
}

/** null for anything that is not a well-formed message; later versions may add types. */
export function decodeCrowdMessage(payload: Uint8Array): CrowdMessage | null {
  const view = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  if (view[0] === ACK && view.length === 7) return { type: 'ack', receivedBytes: view.readUIntBE(1, 6) };
  if (view[0] === SENT) {
    const pieces = piecesOf(view, MAX_PIECES);
    return pieces && { type: 'sent', pieces };
  }
  if (view[0] === CLAIMED || view[0] === UNCLAIMED) {
    const pieces = piecesOf(view, MAX_CLAIMS);
    return pieces && { type: 'claims', begun: view[0] === CLAIMED, pieces };
  }
  return null;
}

function piecesOf(view: Buffer, most: number): Uint32Array | null {
  if (view.length % 4 !== 1 || view.length > 1 + 4 * most) return null;
  const pieces = new Uint32Array((view.length - 1) / 4);
  for (let i = 0; i < pieces.length; i++) pieces[i] = view.readUInt32BE(1 + 4 * i);
  return pieces;
}
