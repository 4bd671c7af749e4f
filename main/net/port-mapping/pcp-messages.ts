// The messages of PCP (RFC 6887): MAP (section 11) and ANNOUNCE (section 14.1).
import { isIPv4, isIPv6 } from 'node:net';
import type { MappingTransport } from './mapping-types.ts';

export interface PcpMapRequest {
  /** The own address, which the gateway compares with the sender's. */
  clientAddress: string;
  /** 12 bytes. */
  nonce: Uint8Array;
  protocol: MappingTransport;
  internalPort: number;
  /** What is hoped for; 0: any. */
  externalPort: number;
  /** What is hoped for; null: any. */
  externalAddress: string | null;
  /** 0 deletes. */
  lifetimeSeconds: number;
}

export interface PcpAnswer {
  opcode: number;
  result: number;
  lifetimeSeconds: number;
  epochSeconds: number;
  map: { nonce: Uint8Array; protocol: number; internalPort: number; externalPort: number; externalAddress: string } | null;
}

export const PCP_OPCODE = { announce: 0, map: 1 } as const;
export const PROTOCOL_NUMBER = { tcp: 6, udp: 17 } as const;
const VERSION = 2;
const HEADER_BYTES = 24;
const MAP_BYTES = 36;

export function pcpMapRequest(request: PcpMapRequest): Buffer {
  const message = Buffer.alloc(HEADER_BYTES + MAP_BYTES);
  writeHeader(message, PCP_OPCODE.map, request.lifetimeSeconds, request.clientAddress);
  message.set(request.nonce.subarray(0, 12), 24);
  message[36] = PROTOCOL_NUMBER[request.protocol];
  message.writeUInt16BE(request.internalPort, 40);
  message.writeUInt16BE(request.externalPort, 42);
  // "No preference" is the unspecified address of the family that is wanted.
  message.set(addressBytes(request.externalAddress ?? (isIPv4(request.clientAddress) ? '0.0.0.0' : '::')), 44);
  return message;
}

export function pcpAnnounceRequest(clientAddress: string): Buffer {
  const message = Buffer.alloc(HEADER_BYTES);
  writeHeader(message, PCP_OPCODE.announce, 0, clientAddress);
  return message;
}

/** null for what is no answer of PCP 2. */
export function readPcpAnswer(message: Uint8Array): PcpAnswer | null {
  const data = Buffer.from(message.buffer, message.byteOffset, message.length);
  if (data.length < HEADER_BYTES || data.length % 4 !== 0 || data[0] !== VERSION || data[1]! < 128) return null;
  const opcode = data[1]! & 127;
  const hasMap = opcode === PCP_OPCODE.map && data.length >= HEADER_BYTES + MAP_BYTES;
  return {
    opcode, result: data[3]!, lifetimeSeconds: data.readUInt32BE(4), epochSeconds: data.readUInt32BE(8),
    map: hasMap
      ? {
        nonce: Uint8Array.from(data.subarray(24, 36)), protocol: data[36]!, internalPort: data.readUInt16BE(40), externalPort: data.readUInt16BE(42),
        externalAddress: addressText(data.subarray(44, 60)),
      }
      : null,
  };
}

/** 16 bytes; IPv4 as ::ffff:a.b.c.d. */
export function addressBytes(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  if (isIPv4(address)) {
    bytes.fill(0xff, 10, 12);
    bytes.set(address.split('.').map(Number), 12);
    return bytes;
  }
  const plain = address.replace(/%.*$/, '');
  if (!isIPv6(plain)) throw new RangeError('not an address');
  // The URL parser writes every form with figures and colons alone.
  const [head = '', tail] = new URL(`http://[${plain}]/`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const first = groups(head);
  const last = groups(tail ?? '');
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  all.forEach((group, index) => bytes.writeUInt16BE(group, index * 2));
  return bytes;
}

/** The address in its shortest form; IPv4 with dots. */
export function addressText(bytes: Uint8Array): string {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, 16);
  if (data.subarray(0, 10).every((byte) => byte === 0) && data[10] === 0xff && data[11] === 0xff) return data.subarray(12).join('.');
  return new URL(`http://[${data.toString('hex').match(/.{4}/g)!.join(':')}]/`).hostname.slice(1, -1);
}

function writeHeader(message: Buffer, opcode: number, lifetimeSeconds: number, clientAddress: string): void {
  message[0] = VERSION;
  message[1] = opcode;
  message.writeUInt32BE(lifetimeSeconds, 4);
  message.set(addressBytes(clientAddress), 8);
}
