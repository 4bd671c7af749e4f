// The messages of the peer wire protocol: numbers, size limits, and encoders of the small ones (BEP 3, 5, 6, 10).

export const MessageId = {
  choke: 0, unchoke: 1, interested: 2, notInterested: 3, have: 4, bitfield: 5, request: 6, piece: 7, cancel: 8, port: 9,
  suggest: 13, haveAll: 14, haveNone: 15, reject: 16, allowedFast: 17, extended: 20,
} as const;

/** Blocks are asked for and sent in this size. */
export const BLOCK_LENGTH = 16384;
/** The longest block a peer may ask for: what the common clients allow. */
export const MAX_REQUEST_LENGTH = 131072;
/** The longest extended message: an ut_metadata block with its header, a long PEX list, a handshake. */
export const MAX_EXTENDED_LENGTH = 262144;
/** The longest bitfield: 4 million pieces. */
export const MAX_BITFIELD_LENGTH = 524288;
/** Length, id, piece and offset in front of the bytes of a block. */
export const PIECE_HEADER_LENGTH = 13;

/** How long a message of this id may be, id included; Infinity is never returned. */
export function maxMessageLength(id: number): number {
  switch (id) {
    case MessageId.bitfield: return 1 + MAX_BITFIELD_LENGTH;
    case MessageId.piece: return 9 + MAX_REQUEST_LENGTH;
    case MessageId.extended: return 2 + MAX_EXTENDED_LENGTH;
    case MessageId.choke: case MessageId.unchoke: case MessageId.interested: case MessageId.notInterested:
    case MessageId.haveAll: case MessageId.haveNone: return 1;
    case MessageId.have: case MessageId.suggest: case MessageId.allowedFast: return 5;
    case MessageId.request: case MessageId.cancel: case MessageId.reject: return 13;
    case MessageId.port: return 3;
    default: return 65536;
  }
}

export const KEEP_ALIVE = Uint8Array.from([0, 0, 0, 0]);

/** A message of an id and up to three 32-bit numbers. */
export function encodeNumbers(id: number, ...numbers: number[]): Buffer {
  const message = Buffer.allocUnsafe(5 + 4 * numbers.length);
  message.writeUInt32BE(1 + 4 * numbers.length, 0);
  message[4] = id;
  for (let i = 0; i < numbers.length; i++) message.writeUInt32BE(numbers[i]! >>> 0, 5 + 4 * i);
  return message;
}

/** One have message for each piece, in one buffer. */
export function encodeHaves(pieces: readonly number[]): Buffer {
  const messages = Buffer.allocUnsafe(9 * pieces.length);
  for (let i = 0; i < pieces.length; i++) {
    messages.writeUInt32BE(5, 9 * i);
    messages[9 * i + 4] = MessageId.have;
    messages.writeUInt32BE(pieces[i]!, 9 * i + 5);
  }
  return messages;
}

/** The 13 bytes in front of a block; the block itself is written as it is, without a copy. */
export function encodePieceHeader(piece: number, offset: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(PIECE_HEADER_LENGTH);
  header.writeUInt32BE(9 + length, 0);
  header[4] = MessageId.piece;
  header.writeUInt32BE(piece, 5);
  header.writeUInt32BE(offset, 9);
  return header;
}

export function encodeBitfield(bytes: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(5 + bytes.length);
  message.writeUInt32BE(1 + bytes.length, 0);
  message[4] = MessageId.bitfield;
  message.set(bytes, 5);
  return message;
}

export function encodeExtended(extension: number, payload: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(6 + payload.length);
  message.writeUInt32BE(2 + payload.length, 0);
  message[4] = MessageId.extended;
  message[5] = extension;
  message.set(payload, 6);
  return message;
}
