// The crowd extension (BEP 10, "fs_crowd"): acknowledged bytes, and which pieces a peer has sent or promised, in bounded messages.

export const CROWD_EXTENSION = 'fs_crowd';

const ACK = 0;
const SENT = 1;
/** Pieces in one message; more is cut into several. */
const MAX_PIECES = 16384;

export type CrowdMessage =
  /** Bytes of blocks received on this connection since it was opened. */
  | { type: 'ack'; receivedBytes: number }
  /** Pieces that were sent or promised once more, one entry for each time. */
  | { type: 'sent'; pieces: Uint32Array };

export function encodeAck(receivedBytes: number): Uint8Array {
  const message = Buffer.alloc(7);
  message[0] = ACK;
  message.writeUIntBE(receivedBytes, 1, 6);
  return message;
}

/** Cuts the list into as many messages as it needs. */
export function encodeSent(pieces: readonly number[]): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let from = 0; from < pieces.length; from += MAX_PIECES) {
    const part = pieces.slice(from, from + MAX_PIECES);
    const message = Buffer.alloc(1 + 4 * part.length);
    message[0] = SENT;
    for (let i = 0; i < part.length; i++) message.writeUInt32BE(part[i]!, 1 + 4 * i);
    messages.push(message);
  }
  return messages;
}

/** null for anything that is not a well-formed message; later versions may add types. */
export function decodeCrowdMessage(payload: Uint8Array): CrowdMessage | null {
  const view = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  if (view[0] === ACK && view.length === 7) return { type: 'ack', receivedBytes: view.readUIntBE(1, 6) };
  if (view[0] === SENT && view.length % 4 === 1 && view.length <= 1 + 4 * MAX_PIECES) {
    const pieces = new Uint32Array((view.length - 1) / 4);
    for (let i = 0; i < pieces.length; i++) pieces[i] = view.readUInt32BE(1 + 4 * i);
    return { type: 'sent', pieces };
  }
  return null;
}
