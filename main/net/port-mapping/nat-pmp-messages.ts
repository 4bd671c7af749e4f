// The messages of NAT-PMP (RFC 6886, section 3).
import type { MappingTransport } from './mapping-types.ts';

export type NatPmpAnswer =
  | { kind: 'address'; result: number; epochSeconds: number; address: string | null }
  | { kind: 'mapping'; result: number; epochSeconds: number; protocol: MappingTransport; internalPort: number; externalPort: number; lifetimeSeconds: number }
  /** The gateway does not speak this version; `version` is what it speaks. */
  | { kind: 'other-version'; version: number };

const OPCODE = { udp: 1, tcp: 2 } as const;

export function natPmpAddressRequest(): Buffer {
  return Buffer.from([0, 0]);
}

/** A lifetime of 0 deletes; the external port is then 0. */
export function natPmpMapRequest(protocol: MappingTransport, internalPort: number, externalPort: number, lifetimeSeconds: number): Buffer {
  const message = Buffer.alloc(12);
  message[1] = OPCODE[protocol];
  message.writeUInt16BE(internalPort, 4);
  message.writeUInt16BE(externalPort, 6);
  message.writeUInt32BE(lifetimeSeconds, 8);
  return message;
}

/** null for what is no answer of NAT-PMP. */
export function readNatPmpAnswer(message: Uint8Array): NatPmpAnswer | null {
  const data = Buffer.from(message.buffer, message.byteOffset, message.length);
  if (data.length < 4 || data[1]! < 128) return null;
  if (data[0] !== 0) return { kind: 'other-version', version: data[0]! };
  if (data.length < 8) return null;
  const result = data.readUInt16BE(2);
  const epochSeconds = data.readUInt32BE(4);
  if (data[1] === 128) {
    const address = data.length >= 12 && data.readUInt32BE(8) !== 0 ? data.subarray(8, 12).join('.') : null;
    return { kind: 'address', result, epochSeconds, address: result === 0 ? address : null };
  }
  if (data[1] !== 129 && data[1] !== 130) return null;
  if (data.length < 16 && result === 0) return null;
  const has = data.length >= 16;
  return {
    kind: 'mapping', result, epochSeconds, protocol: data[1] === 129 ? 'udp' : 'tcp',
    internalPort: has ? data.readUInt16BE(8) : 0, externalPort: has ? data.readUInt16BE(10) : 0, lifetimeSeconds: has ? data.readUInt32BE(12) : 0,
  };
}
