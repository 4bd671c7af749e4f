// A connection to a probe server (docs/probe-server.md): one request at a time, every answer bounded in size and time.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { LineSplitter } from '../probe-server/line-splitter.ts';
import { BURST_BYTE, GREETING, readConnectBack, readEcho, readError, readHello, readReceived } from '../probe-server/probe-protocol.ts';
import type { ConnectBackAnswer, ProbeErrorCode, ProbeHello, UdpKind } from '../probe-server/probe-protocol.ts';
import type { IpFamily, ServerAddress } from './check-types.ts';
import { resolveServer } from './resolve-server.ts';

export type ProbeFailure = 'no-address' | 'unreachable' | 'timeout' | 'no-probe-server' | ProbeErrorCode;

/** Why a probe server did not help; never a statement about the own network. */
export class ProbeClientError extends Error {
  readonly reason: ProbeFailure;
  constructor(reason: ProbeFailure) {
    super(`The probe server did not help: ${reason}.`);
    this.name = 'ProbeClientError';
    this.reason = reason;
  }
}

const CONNECT_MS = 4_000;
const ANSWER_MS = 3_000;
const CONNECT_BACK_MS = 8_000;

export class ProbeClient {
  readonly hello: ProbeHello;
  readonly #socket: Socket;
  readonly #inbox: Inbox;

  private constructor(socket: Socket, inbox: Inbox, hello: ProbeHello) {
    this.#socket = socket;
    this.#inbox = inbox;
    this.hello = hello;
  }

  /** Connects and greets; the connection ends with the signal. @throws ProbeClientError, or the signal's reason */
  static async open(probe: ServerAddress, family: IpFamily, signal: AbortSignal): Promise<ProbeClient> {
    const place = await resolveServer(probe, family);
    signal.throwIfAborted();
    if (!place) throw new ProbeClientError('no-address');
    const socket = connect({ host: place.address, port: place.port, noDelay: true });
    const inbox = new Inbox(socket);
    const end = (): void => void socket.destroy();
    signal.addEventListener('abort', end, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', end));
    try {
      await inbox.connected(CONNECT_MS);
      socket.write(`${GREETING}\n`);
      const hello = readHello(await inbox.line(ANSWER_MS));
      if (!hello) throw new ProbeClientError('no-probe-server');
      return new ProbeClient(socket, inbox, hello);
    } catch (error) {
      socket.destroy();
      signal.throwIfAborted();
      throw error;
    }
  }

  /** The own address of the connection. */
  get localAddress(): string | null {
    return this.#socket.localAddress ?? null;
  }

  /** One round trip in milliseconds. @throws ProbeClientError */
  async echo(timeoutMs = ANSWER_MS): Promise<number> {
    const word = randomBytes(8).toString('hex');
    const startedAt = performance.now();
    this.#ask({ do: 'echo', word });
    if (readEcho(await this.#answer(timeoutMs)) !== word) throw new ProbeClientError('no-probe-server');
    return performance.now() - startedAt;
  }

  /** @throws ProbeClientError */
  async connectBack(asked: { tcpPort: number | null; udpPort: number | null; udpKind: UdpKind; word: string }): Promise<ConnectBackAnswer> {
    this.#ask({ do: 'connect-back', ...asked });
    const answer = readConnectBack(await this.#answer(CONNECT_BACK_MS));
    if (!answer) throw new ProbeClientError('no-probe-server');
    return answer;
  }

  /** Sends a burst of bytes in one write; true once the server has all of it, false when it stalls. @throws ProbeClientError */
  async sendBurst(bytes: number, timeoutMs: number): Promise<boolean> {
    this.#ask({ do: 'receive', bytes });
    this.#socket.write(Buffer.alloc(bytes, BURST_BYTE));
    return this.#inTime(async () => readReceived(await this.#answer(timeoutMs)) === bytes);
  }

  /** Has the server send a burst; true once all of it is here, false when it stalls. @throws ProbeClientError */
  async receiveBurst(bytes: number, timeoutMs: number): Promise<boolean> {
    const received = this.#inbox.burst(bytes, timeoutMs);
    this.#ask({ do: 'send', bytes });
    return this.#inTime(() => received);
  }

  close(): void {
    this.#socket.destroy();
  }

  #ask(request: object): void {
    this.#socket.write(`${JSON.stringify({ ...request, token: this.hello.token })}\n`);
  }

  async #answer(timeoutMs: number): Promise<string> {
    const line = await this.#inbox.line(timeoutMs);
    const error = readError(line);
    if (error) throw new ProbeClientError(error);
    return line;
  }

  async #inTime(run: () => Promise<boolean>): Promise<boolean> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof ProbeClientError && error.reason === 'timeout') return false;
      throw error;
    }
  }
}

// What has come in and who waits for it; more than was asked for ends the connection.
class Inbox {
  readonly #socket: Socket;
  readonly #splitter: LineSplitter;
  readonly #lines: string[] = [];
  #wake: (() => void) | null = null;
  #failure: ProbeFailure | null = null;
  #isConnected = false;
  #burst: { left: number; isFirst: boolean } | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#splitter = new LineSplitter({
      line: (text) => {
        if (this.#lines.length >= 8) return this.#fail('no-probe-server');
        this.#lines.push(text);
        this.#notify();
      },
      burst: () => {}, tooLong: () => this.#fail('no-probe-server'),
    });
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('connect', () => {
      this.#isConnected = true;
      this.#notify();
    });
    socket.on('error', () => this.#fail('unreachable')).on('close', () => this.#fail('unreachable'));
  }

  async connected(timeoutMs: number): Promise<void> {
    await this.#until(() => this.#isConnected, timeoutMs);
  }

  async line(timeoutMs: number): Promise<string> {
    await this.#until(() => this.#lines.length > 0, timeoutMs);
    return this.#lines.shift()!;
  }

  async burst(bytes: number, timeoutMs: number): Promise<boolean> {
    const burst = { left: bytes, isFirst: true };
    this.#burst = burst;
    await this.#until(() => burst.left === 0 || this.#lines.length > 0, timeoutMs);
    const error = burst.left > 0 ? readError(this.#lines.shift()!) : null;
    if (burst.left > 0) throw new ProbeClientError(error ?? 'no-probe-server');
    return true;
  }

  #receive(chunk: Buffer): void {
    const burst = this.#burst;
    if (!burst || burst.left === 0) return this.#splitter.push(chunk);
    // An error comes in the place of the burst.
    if (burst.isFirst && chunk[0] !== BURST_BYTE) {
      this.#burst = null;
      return this.#splitter.push(chunk);
    }
    burst.isFirst = false;
    const taken = Math.min(burst.left, chunk.length);
    burst.left -= taken;
    this.#notify();
    if (taken < chunk.length) this.#splitter.push(chunk.subarray(taken));
  }

  async #until(isThere: () => boolean, timeoutMs: number): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!isThere()) {
      const left = end - performance.now();
      if (this.#failure) throw new ProbeClientError(this.#failure);
      if (left <= 0) throw new ProbeClientError('timeout');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }

  #fail(reason: ProbeFailure): void {
    this.#failure ??= reason;
    this.#socket.destroy();
    this.#notify();
  }
}
