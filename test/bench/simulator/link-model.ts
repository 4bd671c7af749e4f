// Links between simulated machines: an uplink that serves its connections in turn, one delay, and a TCP window for each direction.
//
// Block by block, not fluid: what decides in a crowd is which block goes first, and a fluid model has no blocks. A connection has at most one
// burst in the uplink's queue (Linux holds a socket to about a millisecond of data below it, "TCP small queues"), so short messages on one
// connection wait behind one burst of each other connection and not behind all that those have to send.
import type { EventQueue } from './event-queue.ts';

/** What one turn of a connection takes: about a block. */
const BURST_BYTES = 16 * 1024;
const SEGMENT_BYTES = 1448;
/** Ethernet, IPv4, TCP with time stamps. */
const FRAME_BYTES = 66;
const OPENING_WINDOW_BYTES = 10 * SEGMENT_BYTES;
const MAX_WINDOW_BYTES = 4 * 1024 * 1024;
/** The system takes at least so much of a connection from the process. */
const LEAST_SOCKET_BYTES = 87 * 1024;
const LEAST_RETRANSMISSION_MS = 200;
/** A stream is told that it can take more when this much had been waiting (Node's mark) and nothing waits any more. */
const DRAIN_MARK_BYTES = 16 * 1024;

export interface LinkOptions {
  /** Payload of full segments, as the crowd bench counts: 5e6 is 41.9 Mbit/s on the wire. 0: nothing ever leaves. */
  upBytesPerSecond: number;
  /** null: no limit. */
  downBytesPerSecond: number | null;
  /** One way, to the middle of the network: two machines are the sum of theirs apart. */
  delayMs: number;
  /** Mean time until a busy machine looks at what arrived. */
  hostDelayMs: number;
}

/** One machine's access to the network. */
export class Access {
  readonly queue: EventQueue;
  readonly random: () => number;
  upBytesPerSecond: number;
  readonly delayMs: number;
  readonly hostDelayMs: number;
  /** Bytes of messages that left and that arrived. */
  readonly totals = { sentBytes: 0, receivedBytes: 0 };
  online = true;
  /** Given to the system and not yet out: what comes now waits behind it. */
  queuedBytes = 0;
  #wireBytesPerMs: number;
  readonly #downWireBytesPerMs: number;
  #downFreeAtMs = 0;
  /** Acknowledgements of what came in: they leave with the next burst. */
  #debtBytes = 0;
  #turns: Flow[] = [];
  #head = 0;
  #busy = false;

  constructor(queue: EventQueue, random: () => number, options: LinkOptions) {
    this.queue = queue;
    this.random = random;
    this.upBytesPerSecond = options.upBytesPerSecond;
    this.delayMs = options.delayMs;
    this.hostDelayMs = options.hostDelayMs;
    const onWire = (SEGMENT_BYTES + FRAME_BYTES) / SEGMENT_BYTES / 1000;
    this.#wireBytesPerMs = options.upBytesPerSecond * onWire;
    this.#downWireBytesPerMs = options.downBytesPerSecond === null ? Infinity : options.downBytesPerSecond * onWire;
  }

  /** From the next burst on the line carries so many times as much. */
  changeRate(factor: number): void {
    this.upBytesPerSecond *= factor;
    this.#wireBytesPerMs *= factor;
  }

  /** The connection has something to send and a window for it. */
  queueTurn(flow: Flow): void {
    this.#turns.push(flow);
    if (this.#busy) return;
    this.#busy = true;
    // What is written within one event leaves together.
    this.queue.in(0, () => this.#serve());
  }

  #serve(): void {
    const flow = this.#turns[this.#head++];
    if (this.#head > 1024) {
      this.#turns.splice(0, this.#head);
      this.#head = 0;
    }
    if (!flow) {
      this.#busy = false;
      this.#turns.length = 0;
      this.#head = 0;
      return;
    }
    const burst = flow.take(BURST_BYTES);
    if (!burst) return this.#serve();
    const wireBytes = burst.bytes + FRAME_BYTES * Math.ceil(burst.bytes / SEGMENT_BYTES) + this.#debtBytes;
    this.#debtBytes = 0;
    this.queue.in(wireBytes / this.#wireBytesPerMs, () => {
      this.totals.sentBytes += burst.bytes;
      flow.left(burst);
      this.#serve();
    });
  }

  /** When something that reaches this machine's provider at a time is seen by the program. */
  arrivalMs(atMs: number, bytes: number): number {
    this.#debtBytes += bytes > SEGMENT_BYTES ? 2 * FRAME_BYTES : FRAME_BYTES;
    const wireBytes = bytes + FRAME_BYTES * Math.ceil(bytes / SEGMENT_BYTES);
    this.#downFreeAtMs = Math.max(this.#downFreeAtMs, atMs) + wireBytes / this.#downWireBytesPerMs;
    return this.#downFreeAtMs + (this.hostDelayMs === 0 ? 0 : -Math.log(1 - this.random()) * this.hostDelayMs);
  }
}

interface Burst { parts: Uint8Array[]; bytes: number }

export interface FlowEnd {
  onArrived(parts: Uint8Array[], bytes: number): void;
  onDrained(): void;
}

/** One direction of a connection. */
export class Flow {
  readonly #from: Access;
  readonly #to: Access;
  readonly #end: FlowEnd;
  readonly #ideal: boolean;
  #parts: Uint8Array[] = [];
  #head = 0;
  #unsentBytes = 0;
  #windowBytes = OPENING_WINDOW_BYTES;
  #inFlightBytes = 0;
  readonly #acks: { atMs: number; bytes: number }[] = [];
  #acksHead = 0;
  #lastSentMs = 0;
  #lastArrivalMs = 0;
  #queued = false;
  #waiting = false;
  #mustDrain = false;
  #closed = false;

  /** @param ideal no window: the sender's line is the only limit */
  constructor(from: Access, to: Access, end: FlowEnd, ideal: boolean) {
    this.#from = from;
    this.#to = to;
    this.#end = end;
    this.#ideal = ideal;
  }

  /** Bytes that the system has not taken yet. */
  get bufferedBytes(): number {
    return Math.max(0, this.#unsentBytes + this.#inFlightBytes - Math.max(LEAST_SOCKET_BYTES, 2 * this.#windowBytes));
  }

  write(parts: readonly Uint8Array[]): void {
    if (this.#closed) return;
    for (const part of parts) {
      this.#parts.push(part);
      this.#unsentBytes += part.length;
      this.#from.queuedBytes += part.length;
    }
    if (this.bufferedBytes >= DRAIN_MARK_BYTES) this.#mustDrain = true;
    this.#request();
  }

  close(): void {
    this.#closed = true;
    this.#from.queuedBytes -= this.#unsentBytes;
    this.#parts = [];
    this.#head = 0;
    this.#unsentBytes = 0;
  }

  take(maxBytes: number): Burst | null {
    this.#queued = false;
    if (this.#closed || this.#head >= this.#parts.length) return null;
    const burst: Burst = { parts: [], bytes: 0 };
    while (this.#head < this.#parts.length) {
      const part = this.#parts[this.#head]!;
      // A block with its header is a little longer than a burst, and goes in one.
      if (burst.bytes > 0 && burst.bytes + part.length > maxBytes + 1024) break;
      burst.parts.push(part);
      burst.bytes += part.length;
      this.#head++;
    }
    if (this.#head >= this.#parts.length) {
      this.#parts = [];
      this.#head = 0;
    } else if (this.#head > 512) {
      this.#parts.splice(0, this.#head);
      this.#head = 0;
    }
    this.#unsentBytes -= burst.bytes;
    return burst;
  }

  /** The burst is out of the uplink. */
  left(burst: Burst): void {
    this.#from.queuedBytes -= burst.bytes;
    if (this.#closed) return;
    const now = this.#from.queue.nowMs;
    const wayMs = this.#from.delayMs + this.#to.delayMs;
    // Whoever reads late still reads in order.
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#to.arrivalMs(now + wayMs, burst.bytes));
    this.#from.queue.at(this.#lastArrivalMs, () => {
      if (this.#closed || !this.#to.online) return;
      this.#to.totals.receivedBytes += burst.bytes;
      this.#end.onArrived(burst.parts, burst.bytes);
    });
    if (!this.#ideal) {
      this.#lastSentMs = now;
      this.#inFlightBytes += burst.bytes;
      this.#acks.push({ atMs: this.#lastArrivalMs + wayMs, bytes: burst.bytes });
    }
    this.#request();
    this.#drainLater();
  }

  #request(): void {
    if (this.#queued || this.#closed || this.#head >= this.#parts.length || !this.#from.online) return;
    if (!this.#ideal) {
      this.#settleAcks();
      this.#forgetWindow();
      if (this.#inFlightBytes >= this.#windowBytes) return this.#wait();
    }
    this.#queued = true;
    this.#from.queueTurn(this);
  }

  #wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#from.queue.at(this.#acks[this.#acksHead]!.atMs, () => {
      this.#waiting = false;
      this.#request();
      this.#drainLater();
    });
  }

  #settleAcks(): void {
    const now = this.#from.queue.nowMs;
    while (this.#acksHead < this.#acks.length && this.#acks[this.#acksHead]!.atMs <= now) {
      const { bytes } = this.#acks[this.#acksHead++]!;
      // A window that is not used does not grow.
      if (this.#inFlightBytes * 2 > this.#windowBytes) this.#windowBytes = Math.min(MAX_WINDOW_BYTES, this.#windowBytes + bytes);
      this.#inFlightBytes -= bytes;
    }
    if (this.#acksHead > 64) {
      this.#acks.splice(0, this.#acksHead);
      this.#acksHead = 0;
    }
  }

  /** After a rest TCP begins anew: it halves the window for every time-out that passed (RFC 2861). */
  #forgetWindow(): void {
    if (this.#inFlightBytes > 0) return;
    const timeoutMs = LEAST_RETRANSMISSION_MS + 2 * (this.#from.delayMs + this.#to.delayMs);
    let idleMs = this.#from.queue.nowMs - this.#lastSentMs;
    while ((idleMs -= timeoutMs) > 0 && this.#windowBytes > OPENING_WINDOW_BYTES) {
      this.#windowBytes = Math.max(OPENING_WINDOW_BYTES, this.#windowBytes >> 1);
    }
  }

  #drainLater(): void {
    if (!this.#mustDrain) return;
    if (!this.#ideal) this.#settleAcks();
    if (this.bufferedBytes > 0) return;
    this.#mustDrain = false;
    this.#end.onDrained();
  }
}
