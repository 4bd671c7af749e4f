// STUN messages as bytes (RFC 8489, with the attributes of RFC 5780 and 8656): written, and read with bounds on everything.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { crc32 } from 'node:zlib';

export const stunMethods = { binding: 0x001, allocate: 0x003, refresh: 0x004 } as const;
export type StunClass = 'request' | 'indication' | 'success' | 'error';

export const stunAttributes = {
  mappedAddress: 0x0001, changeRequest: 0x0003, username: 0x0006, messageIntegrity: 0x0008, errorCode: 0x0009, unknownAttributes: 0x000a, lifetime: 0x000d,
  realm: 0x0014, nonce: 0x0015, xorRelayedAddress: 0x0016, requestedTransport: 0x0019, xorMappedAddress: 0x0020, software: 0x8022,
  fingerprint: 0x8028, responseOrigin: 0x802b, otherAddress: 0x802c,
} as const;

export interface StunEndpoint { address: string; port: number; family: 4 | 6 }
export interface StunAttribute { type: number; value: Uint8Array }

export interface StunMessage {
  method: number;
  class: StunClass;
  /** 12 bytes. */
  transaction: Uint8Array;
  attributes: StunAttribute[];
}

const MAGIC = 0x2112a442;
const HEADER_BYTES = 20;
const MAX_MESSAGE_BYTES = 1_500;
const MAX_ATTRIBUTES = 32;
const FINGERPRINT_XOR = 0x5354554e;
const CLASSES: readonly StunClass[] = ['request', 'indication', 'success', 'error'];

/**
 * @param integrityKey adds MESSAGE-INTEGRITY (HMAC-SHA1 with this key)
 * @param withFingerprint adds FINGERPRINT
 */
export function encodeStun(message: StunMessage, { integrityKey, withFingerprint = false }: { integrityKey?: Uint8Array; withFingerprint?: boolean } = {}): Buffer {
  let bytes = Buffer.concat([header(message, 0), ...message.attributes.map(encodeAttribute)]);
  const append = (type: number, length: number, make: (covered: Buffer) => Uint8Array): void => {
    // Both sums cover a header whose length already counts the attribute that holds the sum.
    bytes.writeUInt16BE(bytes.length - HEADER_BYTES + 4 + length, 2);
    bytes = Buffer.concat([bytes, encodeAttribute({ type, value: make(bytes) })]);
  };
  bytes.writeUInt16BE(bytes.length - HEADER_BYTES, 2);
  if (integrityKey) append(stunAttributes.messageIntegrity, 20, (covered) => createHmac('sha1', integrityKey).update(covered).digest());
  if (withFingerprint) append(stunAttributes.fingerprint, 4, (covered) => uint32((crc32(covered) ^ FINGERPRINT_XOR) >>> 0));
  return bytes;
}

/** One whole message; null for anything else. A FINGERPRINT that is there must hold. */
export function decodeStun(bytes: Uint8Array): StunMessage | null {
  if (bytes.length < HEADER_BYTES || bytes.length > MAX_MESSAGE_BYTES) return null;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = view.readUInt16BE(0);
  const length = view.readUInt16BE(2);
  if (type >> 14 !== 0 || length % 4 !== 0 || length !== bytes.length - HEADER_BYTES || view.readUInt32BE(4) !== MAGIC) return null;
  const attributes: StunAttribute[] = [];
  for (let at = HEADER_BYTES; at < view.length;) {
    const attribute = { type: view.readUInt16BE(at), length: view.readUInt16BE(at + 2) };
    if (at + 4 + attribute.length > view.length || attributes.length >= MAX_ATTRIBUTES) return null;
    const value = Uint8Array.from(view.subarray(at + 4, at + 4 + attribute.length));
    if (attribute.type === stunAttributes.fingerprint && !holdsFingerprint(view, at, value)) return null;
    attributes.push({ type: attribute.type, value });
    at += 4 + padded(attribute.length);
  }
  return {
    method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
    class: CLASSES[((type >> 4) & 1) | ((type >> 7) & 2)]!,
    transaction: Uint8Array.from(view.subarray(8, HEADER_BYTES)), attributes,
  };
}

/** Whether a message that decodes carries a MESSAGE-INTEGRITY made with this key. */
export function holdsIntegrity(bytes: Uint8Array, key: Uint8Array): boolean {
  const view = Buffer.from(bytes);
  for (let at = HEADER_BYTES; at + 4 <= view.length; at += 4 + padded(view.readUInt16BE(at + 2))) {
    if (view.readUInt16BE(at) !== stunAttributes.messageIntegrity) continue;
    if (view.readUInt16BE(at + 2) !== 20 || at + 24 > view.length) return false;
    const covered = Buffer.from(view.subarray(0, at));
    covered.writeUInt16BE(at + 4, 2);
    return timingSafeEqual(createHmac('sha1', key).update(covered).digest(), view.subarray(at + 4, at + 24));
  }
  return false;
}

export function attributeOf(message: StunMessage, type: number): Uint8Array | null {
  return message.attributes.find((one) => one.type === type)?.value ?? null;
}

export function textOf(message: StunMessage, type: number): string | null {
  const value = attributeOf(message, type);
  return value === null || value.length > 763 ? null : Buffer.from(value).toString('utf8');
}

/** The code of an error answer, 300 to 699; null when it names none. */
export function errorCodeOf(message: StunMessage): number | null {
  const value = attributeOf(message, stunAttributes.errorCode);
  if (value === null || value.length < 4) return null;
  const code = (value[2]! & 7) * 100 + value[3]!;
  return code >= 300 && code <= 699 && value[3]! < 100 ? code : null;
}

/** Where the server saw the request come from: XOR-MAPPED-ADDRESS, or the MAPPED-ADDRESS of old servers. */
export function mappedEndpoint(message: StunMessage): StunEndpoint | null {
  return endpointOf(message, stunAttributes.xorMappedAddress) ?? endpointOf(message, stunAttributes.mappedAddress);
}

/** An attribute that holds an address; null when it is not there or not well-formed. */
export function endpointOf(message: StunMessage, type: number): StunEndpoint | null {
  const value = attributeOf(message, type);
  const family = value?.[1] === 1 ? 4 : value?.[1] === 2 ? 6 : null;
  if (value === null || family === null || value.length !== (family === 4 ? 8 : 20)) return null;
  const plain = isXored(type) ? xored(value, message.transaction) : value;
  const bytes = plain.subarray(4);
  const address = family === 4 ? [...bytes].join('.')
    : new SocketAddress({ family: 'ipv6', address: Buffer.from(bytes).toString('hex').match(/.{4}/g)!.join(':') }).address;
  const port = (plain[2]! << 8) | plain[3]!;
  return port === 0 ? null : { address, port, family };
}

/** @throws Error for what is no address */
export function endpointAttribute(type: number, { address, port }: { address: string; port: number }, transaction: Uint8Array): StunAttribute {
  const bytes = isIPv4(address) ? address.split('.').map(Number) : isIPv6(address) ? ipv6Bytes(address) : null;
  if (bytes === null) throw new Error(`${address} is no address.`);
  const value = Uint8Array.from([0, bytes.length === 4 ? 1 : 2, port >> 8, port & 255, ...bytes]);
  return { type, value: isXored(type) ? xored(value, transaction) : value };
}

/** RFC 5780: asks the server to answer from its other address or port. */
export function changeRequest(address: boolean, port: boolean): StunAttribute {
  return { type: stunAttributes.changeRequest, value: uint32((address ? 4 : 0) | (port ? 2 : 0)) };
}

export function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return Uint8Array.from(bytes);
}

const padded = (length: number): number => (length + 3) & ~3;
const isXored = (type: number): boolean => type === stunAttributes.xorMappedAddress || type === stunAttributes.xorRelayedAddress;

function header(message: StunMessage, length: number): Buffer {
  const { method } = message;
  const kind = CLASSES.indexOf(message.class);
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt16BE((method & 0xf) | ((method & 0x70) << 1) | ((method & 0xf80) << 2) | ((kind & 1) << 4) | ((kind & 2) << 7), 0);
  bytes.writeUInt16BE(length, 2);
  bytes.writeUInt32BE(MAGIC, 4);
  bytes.set(message.transaction, 8);
  return bytes;
}

function encodeAttribute({ type, value }: StunAttribute): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

// It must come last: the sum counts what is before it.
function holdsFingerprint(message: Buffer, at: number, value: Uint8Array): boolean {
  if (value.length !== 4 || at + 8 !== message.length) return false;
  return Buffer.from(value).readUInt32BE(0) === ((crc32(message.subarray(0, at)) ^ FINGERPRINT_XOR) >>> 0);
}

function xored(value: Uint8Array, transaction: Uint8Array): Uint8Array {
  const mask = Buffer.concat([uint32(MAGIC), transaction]);
  return Uint8Array.from(value, (byte, i) => (i < 2 ? byte : i < 4 ? byte ^ mask[i - 2]! : byte ^ mask[i - 4]!));
}

function ipv6Bytes(address: string): number[] {
  const plain = address.replace(/%.*$/, '');
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(plain);
  const pair = (high: string | undefined, low: string | undefined): string => ((Number(high) << 8) | Number(low)).toString(16);
  const text = dotted ? `${dotted[1]}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}` : plain;
  const [head = '', tail] = text.split('::');
  const first = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...first, ...Array<string>(8 - first.length - rest.length).fill('0'), ...rest].map((group) => Number.parseInt(group, 16));
  return groups.flatMap((group) => [group >> 8, group & 255]);
}
