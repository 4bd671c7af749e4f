// Tests a TURN server: whether it gives this user a relay address (RFC 8656, long-term credentials of RFC 8489), and gives it back at once.
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { CheckResult, IpFamily, ServerAddress } from './check-types.ts';
import { resolveServer } from './resolve-server.ts';
import { runCheck } from './run-check.ts';
import type { Finding } from './run-check.ts';
import {
  attributeOf, decodeStun, encodeStun, endpointOf, errorCodeOf, holdsIntegrity, stunAttributes, stunMethods, textOf, uint32,
} from './stun-message.ts';
import type { StunAttribute, StunMessage } from './stun-message.ts';
import { StunSocket } from './stun.ts';

export interface TurnContext {
  server: ServerAddress;
  username: string;
  password: string;
  family: IpFamily;
  transport: 'udp' | 'tcp';
}

/** `wrong-password`: the server does not accept the credentials; `refused`: it answers, but gives no relay (`errorCode`); `no-answer`: silence. */
export type TurnState = 'ok' | 'wrong-password' | 'refused' | 'no-answer' | 'bad-answer';

const DEADLINE_MS = 8_000;
const TCP_MS = 3_000;
const UDP_TRANSPORT = 17;
const MAX_BUFFERED_BYTES = 4_096;

type Ask = (method: number, attributes: StunAttribute[], key: Uint8Array | null) => Promise<{ message: StunMessage; bytes: Uint8Array } | null>;

/**
 * Facts: `state`, `errorCode` (null without), `relayAddress`, `transport`, `rttMs`. `ok` when a relay was given; `problem` when the server answers
 * and gives none; `unknown` when it does not answer.
 */
export function checkTurn(context: TurnContext, signal: AbortSignal): Promise<CheckResult> {
  return runCheck('turn', DEADLINE_MS, signal, async (inner): Promise<Finding> => {
    const { transport } = context;
    const none = (state: TurnState, errorCode: number | null = null): Finding => ({
      outcome: state === 'no-answer' ? 'unknown' : 'problem', facts: { state, errorCode, relayAddress: null, transport, rttMs: null },
    });
    const place = await resolveServer(context.server, context.family);
    if (!place) return none('no-answer');
    const way = transport === 'udp' ? await overUdp(place, context.family, inner) : await overTcp(place, inner);
    if (!way) return none('no-answer');
    try {
      const startedAt = performance.now();
      const wanted = [{ type: stunAttributes.requestedTransport, value: Uint8Array.from([UDP_TRANSPORT, 0, 0, 0]) }];
      // The first is refused with what the password is to be mixed with.
      const first = await way.ask(stunMethods.allocate, wanted, null);
      if (!first) return none('no-answer');
      const rttMs = Math.round((performance.now() - startedAt) * 10) / 10;
      let challenge = challengeOf(first.message);
      if (!challenge) return none(first.message.class === 'error' ? 'refused' : 'bad-answer', errorCodeOf(first.message));
      for (let tries = 0; tries < 2; tries++) {
        const { key, attributes } = credentials(context, challenge);
        const answer = await way.ask(stunMethods.allocate, [...wanted, ...attributes], key);
        if (!answer) return none('no-answer');
        if (answer.message.class === 'success') {
          const relay = endpointOf(answer.message, stunAttributes.xorRelayedAddress);
          if (!relay || !holdsIntegrity(answer.bytes, key)) return none('bad-answer');
          await way.ask(stunMethods.refresh, [{ type: stunAttributes.lifetime, value: uint32(0) }, ...attributes], key).catch(() => null);
          return { outcome: 'ok', facts: { state: 'ok', errorCode: null, relayAddress: relay.address, transport, rttMs } };
        }
        const code = errorCodeOf(answer.message);
        const next = code === 438 ? challengeOf(answer.message) : null; // the nonce has grown old
        if (!next) return none(code === 401 || code === 441 ? 'wrong-password' : 'refused', code);
        challenge = next;
      }
      return none('refused', 438);
    } finally {
      way.close();
    }
  });
}

interface Challenge { realm: string; nonce: Uint8Array }

function challengeOf(message: StunMessage): Challenge | null {
  const code = errorCodeOf(message);
  const realm = textOf(message, stunAttributes.realm);
  const nonce = attributeOf(message, stunAttributes.nonce);
  return message.class === 'error' && (code === 401 || code === 438) && realm !== null && nonce !== null && nonce.length <= 763 ? { realm, nonce } : null;
}

function credentials({ username, password }: TurnContext, { realm, nonce }: Challenge): { key: Uint8Array; attributes: StunAttribute[] } {
  const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, 'utf8'));
  return {
    // MD5 is the protocol's choice (RFC 8489, 9.2.2).
    key: Uint8Array.from(createHash('md5').update(`${username}:${realm}:${password}`).digest()),
    attributes: [
      { type: stunAttributes.username, value: text(username).slice(0, 508) }, { type: stunAttributes.realm, value: text(realm) },
      { type: stunAttributes.nonce, value: nonce },
    ],
  };
}

async function overUdp(place: { address: string; port: number }, family: IpFamily, signal: AbortSignal): Promise<{ ask: Ask; close(): void }> {
  const socket = await StunSocket.open({ family }, signal);
  return {
    ask: (method, attributes, key) => socket.request({ method, attributes, ...(key && { integrityKey: key }) }, place, signal, { sends: 3, firstWaitMs: 400 }),
    close: () => void socket.close(),
  };
}

async function overTcp(place: { address: string; port: number }, signal: AbortSignal): Promise<{ ask: Ask; close(): void } | null> {
  const socket = connect({ host: place.address, port: place.port, noDelay: true });
  const end = (): void => void socket.destroy();
  signal.addEventListener('abort', end, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', end));
  const isOpen = await settled(socket, TCP_MS, (settle) => {
    socket.once('connect', () => settle(true));
    socket.on('error', () => settle(null));
  });
  if (!isOpen) {
    socket.destroy();
    return null;
  }
  return {
    close: end,
    ask: (method, attributes, key) => {
      const transaction = randomBytes(12);
      let buffered = Buffer.alloc(0);
      const answer = settled<{ message: StunMessage; bytes: Uint8Array }>(socket, TCP_MS, (settle) => socket.on('data', function read(chunk: Buffer) {
        buffered = Buffer.concat([buffered, chunk]);
        while (buffered.length >= 20) {
          const length = 20 + buffered.readUInt16BE(2);
          if (length > MAX_BUFFERED_BYTES || buffered.length > MAX_BUFFERED_BYTES) return end();
          if (buffered.length < length) return;
          const bytes = buffered.subarray(0, length);
          const message = decodeStun(bytes);
          if (message && transaction.equals(message.transaction)) {
            socket.off('data', read);
            return settle({ message, bytes });
          }
          buffered = buffered.subarray(length);
        }
      }));
      socket.write(encodeStun({ method, class: 'request', transaction, attributes }, key ? { integrityKey: key, withFingerprint: true } : { withFingerprint: true }));
      return answer;
    },
  };
}

// null: the time is over, or the connection is.
function settled<T>(socket: Socket, timeoutMs: number, begin: (settle: (value: T | null) => void) => void): Promise<T | null> {
  return new Promise((resolve) => {
    const settle = (value: T | null): void => {
      clearTimeout(timer);
      resolve(value);
    };
    const timer = setTimeout(() => settle(null), timeoutMs);
    socket.once('close', () => settle(null));
    begin(settle);
  });
}
