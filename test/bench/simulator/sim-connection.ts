// A connection between two simulated clients, as the engine sees one: the real messages, on simulated links.
import type { CarrierConnection, ConnectionHandler } from '../../../main/engine/carrier.ts';
import { encodeExtended } from '../../../main/engine/wire-messages.ts';
import { Flow } from './link-model.ts';
import type { Access } from './link-model.ts';

const CROWD_MESSAGE = 1;
/** Parts shorter than this are joined, as the real connection does. */
const JOIN_BELOW_BYTES = 512;

export class SimConnection implements CarrierConnection {
  readonly address: string;
  readonly host: string;
  readonly peerId: string;
  readonly incoming: boolean;
  readonly transport = 'tcp';
  readonly encrypted = false;
  readonly source = 'tracker';
  readonly isLocal = false;
  readonly fast = true;
  readonly extended = true;
  readonly clientName = 'simulated';
  readonly requestLimit = 2000;
  readonly speaksCrowd = true;
  readonly #access: Access;
  readonly #wayMs: number;
  readonly #onGone: () => void;
  #flow!: Flow;
  #tellOther: (() => void) | null = null;
  #handler: ConnectionHandler | null = null;
  #closed = false;

  private constructor(own: Side, other: Side, incoming: boolean) {
    this.host = other.host;
    this.address = `${other.host}:6881`;
    this.peerId = other.host;
    this.incoming = incoming;
    this.#access = own.access;
    this.#wayMs = own.access.delayMs + other.access.delayMs;
    this.#onGone = own.onGone;
  }

  /** Both ends of a connection whose handshake is done. @param ideal see `Flow` */
  static pair(dialing: Side, answering: Side, ideal: boolean): [SimConnection, SimConnection] {
    const a = new SimConnection(dialing, answering, false);
    const b = new SimConnection(answering, dialing, true);
    a.#tellOther = () => b.#gone('closed');
    b.#tellOther = () => a.#gone('closed');
    a.#flow = new Flow(dialing.access, answering.access, { onArrived: (parts) => b.#arrived(parts), onDrained: () => a.#handler?.onDrained() }, ideal);
    b.#flow = new Flow(answering.access, dialing.access, { onArrived: (parts) => a.#arrived(parts), onDrained: () => b.#handler?.onDrained() }, ideal);
    return [a, b];
  }

  get bufferedBytes(): number {
    return this.#flow.bufferedBytes;
  }

  open(handler: ConnectionHandler): void {
    this.#handler = handler;
    this.#access.queue.in(0, () => {
      if (!this.#closed) handler.onExtendedHandshake();
    });
  }

  write(parts: Uint8Array[]): void {
    this.#flow.write(parts);
  }

  onExtended(payload: Uint8Array): void {
    if (payload[0] === CROWD_MESSAGE) this.#handler!.onCrowdMessage(payload.subarray(1));
  }

  sendCrowdMessage(payload: Uint8Array): void {
    this.write([encodeExtended(CROWD_MESSAGE, payload)]);
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#gone(reason);
    this.#access.queue.in(this.#wayMs, () => this.#tellOther!());
  }

  #gone(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#flow.close();
    this.#onGone();
    this.#handler?.onClosed(reason);
  }

  #arrived(parts: Uint8Array[]): void {
    let small: Uint8Array[] = [];
    const give = (part: Uint8Array): void => {
      if (!this.#closed) this.#handler!.onBytes(part);
    };
    const flush = (): void => {
      if (small.length > 0) give(small.length === 1 ? small[0]! : Buffer.concat(small));
      small = [];
    };
    for (const part of parts) {
      if (part.length < JOIN_BELOW_BYTES) small.push(part);
      else {
        flush();
        give(part);
      }
    }
    flush();
  }
}

/** One end: where it is, and what is done when the connection is gone. */
export interface Side { host: string; access: Access; onGone: () => void }
