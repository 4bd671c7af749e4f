// The words between a client and a probe server, version 1 (docs/probe-server.md): what may be asked and answered, read with bounds on both sides.

export const PROBE_VERSION = 1;
export const DEFAULT_PROBE_PORT = 8469;
export const GREETING = `FLASHSWARM-PROBE ${PROBE_VERSION}`;
export const MAX_LINE_BYTES = 1_024;
/** Ports below are for services of a system, which nobody shares files from: asking about them would only help to scan a shared address. */
export const LOWEST_PORT = 1_024;
/** Of one `receive` or `send`. */
export const MAX_BURST_BYTES = 131_072;
/** What a burst consists of, so that it can be told from an error, which begins with `{`. */
export const BURST_BYTE = 0x44;

/** `echo`: whoever listens sends the word back; `dht`: a BEP 5 ping; `utp`: a BEP 29 connection that is given up at once. */
export type UdpKind = 'echo' | 'dht' | 'utp';

export interface ProbeHello {
  /** Where the server saw the client. */
  address: string;
  port: number;
  /** To be said with every request: who cannot read answers cannot ask. */
  token: string;
  /** Connects back from an address that the client has not spoken to. */
  hasSecondAddress: boolean;
  /** Where the binding requests of STUN are answered on the same address; null when they are not. */
  stunPort: number | null;
}

export type ProbeRequest =
  | { do: 'echo'; word: string }
  | { do: 'connect-back'; tcpPort: number | null; udpPort: number | null; udpKind: UdpKind; word: string }
  | { do: 'receive'; bytes: number }
  | { do: 'send'; bytes: number };

export type TcpBack = 'connected' | 'refused' | 'timeout' | 'unreachable';
export interface ConnectBackAnswer {
  tcp: { outcome: TcpBack; tookMs: number } | null;
  udp: { answered: boolean; sent: number } | null;
  fromSecondAddress: boolean;
}

export type ProbeErrorCode = 'bad-request' | 'too-often' | 'not-allowed' | 'busy';

const WORD = /^[0-9a-f]{8,32}$/;
const TOKEN = /^[0-9a-f]{32}$/;

/** One line of a client; null for what is not to be answered. */
export function readRequest(line: string): { token: string; request: ProbeRequest } | null {
  const told = readObject(line);
  if (told === null || typeof told.token !== 'string' || !TOKEN.test(told.token)) return null;
  const request = requestOf(told);
  return request === null ? null : { token: told.token, request };
}

function requestOf(told: Record<string, unknown>): ProbeRequest | null {
  const word = typeof told.word === 'string' && WORD.test(told.word) ? told.word : null;
  const bytes = isWhole(told.bytes, 1, MAX_BURST_BYTES) ? told.bytes : null;
  switch (told.do) {
    case 'echo':
      return word === null ? null : { do: 'echo', word };
    case 'receive':
    case 'send':
      return bytes === null ? null : { do: told.do, bytes };
    case 'connect-back': {
      const { tcpPort = null, udpPort = null, udpKind = 'echo' } = told;
      if (word === null || !isPort(tcpPort) || !isPort(udpPort) || !isUdpKind(udpKind) || (tcpPort === null && udpPort === null)) return null;
      return { do: 'connect-back', tcpPort, udpPort, udpKind, word };
    }
    default:
      return null;
  }
}

/** The first line of a server; null for what is no probe server of this version. */
export function readHello(line: string): ProbeHello | null {
  const told = readObject(line);
  if (told === null || told.probe !== PROBE_VERSION || typeof told.address !== 'string' || told.address.length > 45 || !/^[0-9a-f.:]+$/i.test(told.address)
    || !isWhole(told.port, 1, 65_535) || typeof told.token !== 'string' || !TOKEN.test(told.token)) return null;
  return {
    address: told.address, port: told.port, token: told.token, hasSecondAddress: told.hasSecondAddress === true,
    stunPort: isWhole(told.stunPort, 1, 65_535) ? told.stunPort : null,
  };
}

export function readError(line: string): ProbeErrorCode | null {
  const code = readObject(line)?.error;
  return code === 'bad-request' || code === 'too-often' || code === 'not-allowed' || code === 'busy' ? code : null;
}

export function readEcho(line: string): string | null {
  const told = readObject(line);
  return told?.did === 'echo' && typeof told.word === 'string' && WORD.test(told.word) ? told.word : null;
}

export function readReceived(line: string): number | null {
  const told = readObject(line);
  return told?.did === 'receive' && isWhole(told.bytes, 1, MAX_BURST_BYTES) ? told.bytes : null;
}

export function readConnectBack(line: string): ConnectBackAnswer | null {
  const told = readObject(line);
  if (told?.did !== 'connect-back') return null;
  const tcp = told.tcp as Record<string, unknown> | null;
  const udp = told.udp as Record<string, unknown> | null;
  const isTcp = tcp === null || (typeof tcp === 'object' && ['connected', 'refused', 'timeout', 'unreachable'].includes(String(tcp.outcome)) && isWhole(tcp.tookMs, 0, 60_000));
  const isUdp = udp === null || (typeof udp === 'object' && typeof udp.answered === 'boolean' && isWhole(udp.sent, 0, 10));
  if (!isTcp || !isUdp) return null;
  return {
    tcp: tcp === null ? null : { outcome: tcp.outcome as TcpBack, tookMs: tcp.tookMs as number },
    udp: udp === null ? null : { answered: udp.answered as boolean, sent: udp.sent as number },
    fromSecondAddress: told.fromSecondAddress === true,
  };
}

function readObject(line: string): Record<string, unknown> | null {
  if (line.length > MAX_LINE_BYTES) return null;
  try {
    const told: unknown = JSON.parse(line);
    return typeof told === 'object' && told !== null && !Array.isArray(told) ? told as Record<string, unknown> : null;
  } catch {
    return null;
  }
}

const isWhole = (value: unknown, from: number, to: number): value is number => Number.isSafeInteger(value) && Number(value) >= from && Number(value) <= to;
const isPort = (value: unknown): value is number | null => value === null || isWhole(value, LOWEST_PORT, 65_535);
const isUdpKind = (value: unknown): value is UdpKind => value === 'echo' || value === 'dht' || value === 'utp';
