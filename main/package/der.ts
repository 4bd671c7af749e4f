// The little of DER (X.690) that key files need: one element after another, in its only form, never past the end.

export const sequenceTag = 0x30;
export const integerTag = 0x02;
export const octetsTag = 0x04;
export const oidTag = 0x06;

export interface DerElement { content: Buffer; /** What comes after the element. */ rest: Buffer }

/** The first element of `bytes`, if it is of this tag, of definite and shortest length, and under 64 KiB; null otherwise, as for no bytes at all. */
export function readDer(bytes: Buffer | undefined, tag: number): DerElement | null {
  if (bytes === undefined || bytes.length < 2 || bytes[0] !== tag) return null;
  let length = bytes[1]!;
  let at = 2;
  if (length >= 0x80) {
    const count = length - 0x80;
    if (count < 1 || count > 2 || bytes.length < 2 + count) return null;
    length = bytes.readUIntBE(2, count);
    at += count;
    if (length < (count === 1 ? 0x80 : 0x100)) return null;
  }
  return bytes.length < at + length ? null : { content: bytes.subarray(at, at + length), rest: bytes.subarray(at + length) };
}

/** A number of at most 47 bits and not negative; null for anything else. */
export function readDerNumber(bytes: Buffer | undefined): { value: number; rest: Buffer } | null {
  const element = readDer(bytes, integerTag);
  if (element === null || element.content.length < 1 || element.content.length > 6 || element.content[0]! >= 0x80) return null;
  return { value: element.content.readUIntBE(0, element.content.length), rest: element.rest };
}
