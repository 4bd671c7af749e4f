// How bytes come from TCP sockets: into one shared buffer, and in few large parts instead of many small ones.
import { connect, Socket } from 'node:net';

/** Sockets that were opened with the shared buffer hand their bytes to this; they are valid during the call only. */
export const RECEIVER = Symbol('receiver');

export interface Receiver { target: ((chunk: Uint8Array) => void) | null }

const RECEIVE_BUFFER_BYTES = 256 * 1024;
/**
 * A line brings its packets one by one, and to wake up for each costs more than all that is done with its bytes.
 * So a socket that gave little is not read for so long; the system collects meanwhile.
 */
const REST_MS = 10;
/** A socket that gave so much at once is fast, and is read without rest for a while: its buffer in the system must not fill up. */
const FAST_BYTES = 96 * 1024;
const FAST_FOR_MS = 1000;

/** All sockets are read one after another, so one buffer serves them all. */
const receiveBuffer = Buffer.allocUnsafeSlow(RECEIVE_BUFFER_BYTES);
let resting: Socket[] = [];
let restTimer: NodeJS.Timeout | null = null;

function rest(socket: Socket): void {
  resting.push(socket);
  restTimer ??= setTimeout(readAgain, REST_MS);
}

function readAgain(): void {
  restTimer = null;
  const rested = resting;
  resting = [];
  for (const socket of rested) socket.resume();
}

/** What `net` is told to read a socket into the shared buffer. */
class SharedReading {
  readonly receiver: Receiver = { target: null };
  readonly buffer = receiveBuffer;
  #socket: Socket | null = null;
  #fastUntilMs = 0;

  attach(socket: Socket): Socket {
    this.#socket = socket;
    (socket as unknown as Record<symbol, Receiver>)[RECEIVER] = this.receiver;
    return socket;
  }

  /** @returns false when the socket shall not be read for now */
  readonly callback = (count: number): boolean => {
    this.receiver.target?.(receiveBuffer.subarray(0, count));
    if (count >= FAST_BYTES) this.#fastUntilMs = performance.now() + FAST_FOR_MS;
    if (!this.#socket || performance.now() < this.#fastUntilMs) return true;
    rest(this.#socket);
    return false;
  };
}

export function connectTcp(host: string, port: number): Socket {
  const onread = new SharedReading();
  return onread.attach(connect({ host, port, onread }));
}

/** What Node keeps in a socket that a server accepted; there is no public way to give such a socket a buffer. */
interface Accepted { _handle: object | null; _server: object | null }

/** An accepted socket, read like those that we opened. The one given must not be used any more. */
export function acceptTcp(accepted: Socket): Socket {
  const inner = accepted as unknown as Accepted;
  if (!inner._handle) return accepted;
  const onread = new SharedReading();
  const socket = onread.attach(new Socket({ handle: inner._handle, onread } as ConstructorParameters<typeof Socket>[0]));
  // The server counts it as open until it is closed.
  (socket as unknown as Accepted)._server = inner._server;
  inner._server = null;
  inner._handle = null;
  return socket;
}
