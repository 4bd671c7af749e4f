// Connects back to a client, to the address that it was seen at and nowhere else: by TCP, and by one small UDP question that its program answers.
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { TcpBack, UdpKind } from './probe-protocol.ts';

const TCP_WAIT_MS = 4_000;
const UDP_SENDS_AT_MS = [0, 700, 1_400];
const UDP_WAIT_MS = 2_500;

/** Opens a connection and closes it without a word. */
export function connectBackTcp(address: string, port: number, from: string | null, signal: AbortSignal): Promise<{ outcome: TcpBack; tookMs: number }> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const socket = connect({ host: address, port, ...(from !== null && { localAddress: from }) });
    const settle = (outcome: TcpBack): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve({ outcome, tookMs: Math.round(performance.now() - startedAt) });
    };
    const abort = (): void => settle('timeout');
    const timer = setTimeout(() => settle('timeout'), TCP_WAIT_MS);
    signal.addEventListener('abort', abort, { once: true });
    socket.on('connect', () => settle('connected'));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => settle(code === 'ECONNREFUSED' ? 'refused' : code === 'ETIMEDOUT' ? 'timeout' : 'unreachable'));
  });
}

/** Asks at most three times; `answered` only for the right answer from exactly the address and port that was asked. */
export function connectBackUdp(
  { address, port, from, kind, word }: { address: string; port: number; from: string | null; kind: UdpKind; word: string }, signal: AbortSignal,
): Promise<{ answered: boolean; sent: number }> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const question = udpQuestion(kind, word);
    let sent = 0;
    const settle = (answered: boolean): void => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      const close = (): void => void socket.close(() => resolve({ answered, sent }));
      // A connection of uTP that was accepted is given up at once.
      if (answered && question.goodbye) socket.send(question.goodbye, port, address, close);
      else close();
    };
    const abort = (): void => settle(false);
    const send = (): void => socket.send(question.bytes, port, address, (error) => {
      if (!error) sent++;
    });
    socket.on('error', () => {});
    socket.once('message', function look(bytes: Buffer, source: { address: string; port: number }) {
      if (source.port === port && source.address.replace(/%.*$/, '') === address && bytes.length <= 1_500 && question.isAnswer(bytes)) settle(true);
      else socket.once('message', look);
    });
    const timers: NodeJS.Timeout[] = [];
    signal.addEventListener('abort', abort, { once: true });
    // A port of its own for each question: the client has never spoken to it.
    socket.bind({ port: 0, ...(from !== null && { address: from }), exclusive: true }, () => {
      timers.push(...UDP_SENDS_AT_MS.map((at) => setTimeout(send, at)), setTimeout(() => settle(false), UDP_WAIT_MS));
    });
    timers.push(setTimeout(() => settle(false), UDP_WAIT_MS + 500));
  });
}

export interface UdpQuestion { bytes: Buffer; goodbye: Buffer | null; isAnswer(bytes: Uint8Array): boolean }

/** The datagram of each kind, and what answers it. @param word hexadecimal, 8 to 32 digits */
export function udpQuestion(kind: UdpKind, word: string): UdpQuestion {
  const mark = Buffer.from(word.slice(0, 8), 'hex');
  if (kind === 'dht') {
    const transaction = Buffer.concat([Buffer.from('1:t4:'), mark]);
    return {
      bytes: Buffer.concat([Buffer.from('d1:ad2:id20:'), randomBytes(20), Buffer.from('e1:q4:ping'), transaction, Buffer.from('1:y1:qe')]), goodbye: null,
      isAnswer: (bytes) => bytes[0] === 0x64 && Buffer.from(bytes).includes(transaction),
    };
  }
  if (kind === 'utp') {
    const connection = mark.subarray(0, 2);
    return {
      bytes: utpPacket(4, connection, 1), goodbye: utpPacket(3, connection, 2),
      isAnswer: (bytes) => bytes.length >= 20 && (bytes[0] === 0x21 || bytes[0] === 0x31) && connection.equals(bytes.subarray(2, 4)),
    };
  }
  const bytes = Buffer.from(`FLASHSWARM-PROBE-BACK ${word}`);
  return { bytes, goodbye: null, isAnswer: (answer) => bytes.equals(answer) };
}

// BEP 29: type and version, no extension, connection, time, difference, window, sequence, nothing acknowledged.
function utpPacket(type: number, connection: Uint8Array, sequence: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes[0] = (type << 4) | 1;
  bytes.set(connection, 2);
  bytes.writeUInt32BE((Date.now() * 1000) % 2 ** 32, 4);
  bytes.writeUInt32BE(65_536, 12);
  bytes.writeUInt16BE(sequence, 16);
  return bytes;
}
