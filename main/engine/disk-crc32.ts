// CRC-32 as zlib has it, as four bytes: tells torn and foreign records from whole ones.
import { crc32 } from 'node:zlib';

/** The bytes with their CRC-32 (little endian) behind them. */
export function withCrc(bytes: Uint8Array): Buffer {
  const result = Buffer.alloc(bytes.length + 4);
  result.set(bytes);
  result.writeUInt32LE(crc32(bytes), bytes.length);
  return result;
}

/** Whether the last four bytes are the CRC-32 of those before. */
export function hasRightCrc(bytes: Uint8Array): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.length > 4 && view.readUInt32LE(view.length - 4) === crc32(view.subarray(0, -4));
}
