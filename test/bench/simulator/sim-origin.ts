// A web server behind one uplink: answers ranges of the simulated file, all requests in turn, as a server with a limited line does.
import type { StreamRange } from '../../../main/engine/engine-types.ts';
import type { Asked } from '../demand.ts';
import { Flow } from './link-model.ts';
import type { Access } from './link-model.ts';

const CHUNK = new Uint8Array(16 * 1024);
const NEVER = new Promise<void>(() => {});

export class SimOrigin {
  readonly #access: Access;
  readonly #ideal: boolean;
  /** Payload asked for and delivered. */
  deliveredBytes = 0;
  readonly requests: Asked[] = [];
  #dead = false;

  constructor(access: Access, ideal: boolean) {
    this.#access = access;
    this.#ideal = ideal;
  }

  /** What left its uplink, of use or not. */
  get sentBytes(): number {
    return this.#access.totals.sentBytes;
  }

  /** From now on nothing comes and nobody is refused: the worst way to die. */
  die(): void {
    this.#dead = true;
    this.#access.online = false;
  }

  /** What a client's web seeds use to fetch. */
  streamFor(client: Access): StreamRange {
    // One connection is kept from request to request; a second one at the same time is a second connection.
    const idle: { flow: Flow; receive: { onArrived: (bytes: number) => void } }[] = [];
    return async (_url, from, to, onBytes, { signal }) => {
      if (this.#dead) return NEVER;
      const request: Asked = { fromSeconds: client.queue.nowMs / 1000, toSeconds: Infinity, bytes: to - from + 1 };
      this.requests.push(request);
      const over = (): number => (request.toSeconds = client.queue.nowMs / 1000);
      const kept = idle.pop();
      const connection = kept ?? this.#connect(client);
      let left = to - from + 1;
      await new Promise<void>((resolve, reject) => {
        let chain: Promise<void> | null = null;
        const stop = (): void => {
          connection.flow.close();
          over();
          reject(Object.assign(new Error('aborted'), { code: 'aborted' }));
        };
        signal.addEventListener('abort', stop, { once: true });
        const give = (bytes: number): void | Promise<void> => {
          if (signal.aborted) return undefined;
          this.deliveredBytes += bytes;
          left -= bytes;
          return onBytes(bytes === CHUNK.length ? CHUNK : CHUNK.subarray(0, bytes));
        };
        const finish = (): void => {
          if (left > 0) return;
          signal.removeEventListener('abort', stop);
          over();
          resolve();
        };
        connection.receive.onArrived = (bytes) => {
          // Nothing is read while the client looks at what it has.
          if (chain) {
            chain = chain.then(() => give(bytes)).then(finish);
            return;
          }
          const wait = give(bytes);
          if (wait) chain = wait.then(finish);
          else finish();
        };
        const parts: Uint8Array[] = [];
        for (let rest = left; rest > 0; rest -= CHUNK.length) parts.push(rest < CHUNK.length ? CHUNK.subarray(0, rest) : CHUNK);
        // The request travels first, and before it, on a new connection, the system's handshake there and back.
        client.queue.in((client.delayMs + this.#access.delayMs) * (kept ? 1 : 3), () => {
          if (!signal.aborted) connection.flow.write(parts);
        });
      });
      idle.push(connection);
    };
  }

  #connect(client: Access): { flow: Flow; receive: { onArrived: (bytes: number) => void } } {
    const receive = { onArrived: (_bytes: number): void => {} };
    const flow = new Flow(this.#access, client, { onArrived: (_parts, bytes) => receive.onArrived(bytes), onDrained: () => {} }, this.#ideal);
    return { flow, receive };
  }
}
