// Answers the binding requests of STUN (RFC 8489), with a second address and port where the operator has one (RFC 5780).
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { attributeOf, decodeStun, encodeStun, endpointAttribute, stunAttributes, stunMethods } from '../diagnosis/stun-message.ts';
import type { StunAttribute, StunMessage } from '../diagnosis/stun-message.ts';
import type { AddressBudget } from './address-budget.ts';

export interface StunPlace { address: string; port: number }

/** Which of the sockets answers: RFC 5780 flips the address, the port, both or neither. */
export interface StunResponderOptions {
  /** First the address and port that are told to people, then the others that it has: none, or all of (A, p+1), (B, p), (B, p+1). */
  places: StunPlace[];
  budget: AddressBudget;
}

// What an answer with nothing but the mapped address has more than the shortest request; all else is added only where the request was as long.
const FORMAT_EXTRA_BYTES = { 4: 12, 6: 24 } as const;

/** Binds the sockets. @throws Error when an address or port cannot be had */
export async function startStunResponder({ places, budget }: StunResponderOptions): Promise<{ close(): Promise<void> }> {
  const sockets: Socket[] = [];
  try {
    for (const { address, port } of places) sockets.push(await bound(address, port));
  } catch (error) {
    for (const socket of sockets) socket.close();
    throw error;
  }
  const indexOf = (flipAddress: boolean, flipPort: boolean, own: number): number => (sockets.length < 4 ? own : own ^ (flipAddress ? 2 : 0) ^ (flipPort ? 1 : 0));
  sockets.forEach((socket, own) => socket.on('message', (bytes, { address, port }) => {
    if (port === 0 || bytes.length > 1_280 || !budget.take(address)) return;
    const message = decodeStun(bytes);
    if (message?.class !== 'request' || message.method !== stunMethods.binding) return;
    const flags = attributeOf(message, stunAttributes.changeRequest)?.[3] ?? 0;
    const flipped = (flags & 6) !== 0;
    if (flipped && sockets.length < 4) return; // not offered: no answer is the honest one
    const from = indexOf((flags & 4) !== 0, (flags & 2) !== 0, own);
    const other = sockets.length < 4 ? null : places[own ^ 3]!;
    sockets[from]!.send(stunAnswer(message, bytes.length, { address, port }, places[from]!, other), port, address, () => {});
  }));
  return { close: async () => void await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve())))) };
}

/** Never longer than the request, but for the mapped address itself, which the format wants. */
export function stunAnswer(request: StunMessage, requestBytes: number, seen: StunPlace, from: StunPlace, other: StunPlace | null): Buffer {
  const { transaction } = request;
  const allowed = requestBytes + FORMAT_EXTRA_BYTES[isIPv6(seen.address) ? 6 : 4];
  const mapped = endpointAttribute(stunAttributes.xorMappedAddress, seen, transaction);
  const make = (attributes: StunAttribute[], withFingerprint: boolean): Buffer => encodeStun({ method: stunMethods.binding, class: 'success', transaction, attributes }, { withFingerprint });
  const origin = isAny(from.address) ? [] : [endpointAttribute(stunAttributes.responseOrigin, from, transaction)];
  const full = [mapped, ...(other ? [endpointAttribute(stunAttributes.otherAddress, other, transaction)] : []), ...origin];
  const candidates = [make(full, true), make(full.slice(0, other ? 2 : 1), false)];
  return candidates.find(({ length }) => length <= allowed) ?? make([mapped], false);
}

const isAny = (address: string): boolean => address === '0.0.0.0' || address === '::';

function bound(address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', ipv6Only: isIPv6(address) });
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      socket.on('error', () => {}); // an ICMP error about one client is nothing to the others
      resolve(socket);
    });
  });
}
