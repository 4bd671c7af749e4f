// Starts the core, pings it, restarts it with back-off, and keeps its newest projection; used by every host.
import { randomBytes } from 'node:crypto';
import type { Answer, CoreOptions, Delta, EventName, FromCore, PackageSummary, Payload, Snapshot, ToCore } from '../../contract/index.ts';
import { Delta as DeltaSchema, events, FromCore as FromCoreSchema, isEventName, isRequestName, requests, Settings } from '../../contract/index.ts';

/** A core process as a host started it: utilityProcess in the desktop, child_process elsewhere. */
export interface CoreChild {
  readonly pid: number | undefined;
  send(message: ToCore): void;
  onMessage(listener: (message: unknown) => void): void;
  onExit(listener: (code: number | null) => void): void;
  /** Ends it at once (SIGKILL). */
  kill(): void;
}

export interface SupervisorOptions {
  options: CoreOptions;
  fork(environment: Record<string, string>): CoreChild;
  /** Moves these paths to the platform's trash; rejects with a sentence when it cannot. */
  trash(paths: string[]): Promise<void>;
  log?(line: string): void;
}

type State = 'starting' | 'up' | 'down';
type Listener = (name: EventName, payload: unknown) => void;
interface Pending { resolve(answer: Answer<unknown>): void }

const pingEveryMs = 2_000;
const hungAfterMs = 15_000; // a core that answers no ping for so long is ended and started again
const startWithinMs = 60_000;
const backOffMs = [200, 500, 1_000, 2_000, 5_000, 10_000];
const calmAfterMs = 60_000; // after so long without a fall the back-off starts anew

const coreDown: Answer<never> = {
  ok: false,
  error: { code: 'core-down', message: 'The engine stopped and is being started again. Try once more in a moment.' },
};

/** One supervised core. All methods are safe in every state. */
export class CoreSupervisor {
  state: State = 'starting';
  readonly #o: SupervisorOptions;
  #child: CoreChild | null = null;
  #pending = new Map<number, Pending>();
  #nextId = 1;
  #listeners = new Set<Listener>();
  #grants = new Map<string, string>();
  #falls = 0;
  #startedAt = 0;
  #lastPongAt = 0;
  #pingTimer: NodeJS.Timeout | null = null;
  #restartTimer: NodeJS.Timeout | null = null;
  #stopping: Promise<void> | null = null;
  #stopped: (() => void) | null = null;
  #fatal: string | null = null;
  #firstReady: { resolve(): void; reject(error: Error): void } | null = null;
  #projection: Snapshot | null = null;
  #refreshing: Promise<void> | null = null;

  constructor(options: SupervisorOptions) {
    this.#o = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the core is ready. @throws Error with a sentence when it can never run (for one: data folder in use). */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#firstReady = { resolve, reject };
      this.#spawn();
    });
  }

  /** Asks the core. Answers `core-down` while there is none; a snapshot is then answered from what was last known. */
  request(name: string, input: unknown): Promise<Answer<unknown>> {
    if (!isRequestName(name) || requests[name].by !== 'core') {
      return Promise.resolve({ ok: false, error: { code: 'bad-request', message: 'There is no such request.' } });
    }
    if (this.state !== 'up' || !this.#child) {
      if (name === 'session.snapshot' && this.#projection) return Promise.resolve({ ok: true, value: this.#projection });
      return Promise.resolve(coreDown);
    }
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#pending.set(id, { resolve });
      this.#child?.send({ t: 'request', id, name, input });
    });
  }

  /** Everything as it was last known; null before the core said anything. */
  async snapshot(): Promise<Snapshot | null> {
    if (!this.#projection && this.state === 'up') await this.#refreshProjection();
    return this.#projection;
  }

  on<N extends EventName>(name: N, listener: (payload: Payload<N>) => void): () => void {
    return this.onAny((got, payload) => {
      if (got === name) listener(payload as Payload<N>);
    });
  }

  onAny(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A handle for a path that the user of this host chose; it outlives a restart of the core. */
  grant(path: string): string {
    for (const [handle, known] of this.#grants) if (known === path) return handle;
    const handle = randomBytes(16).toString('hex');
    this.#grants.set(handle, path);
    this.#child?.send({ t: 'grant', handle, path });
    return handle;
  }

  /** Orderly stop; ends the process after the deadline. */
  stop(deadlineMs = 8_000): Promise<void> {
    this.#stopping ??= new Promise((resolve) => {
      if (this.#restartTimer) clearTimeout(this.#restartTimer);
      const child = this.#child;
      if (!child) return resolve();
      const timer = setTimeout(() => child.kill(), deadlineMs);
      this.#stopped = () => {
        clearTimeout(timer);
        resolve();
      };
      child.send({ t: 'stop', deadlineMs });
    });
    return this.#stopping;
  }

  #spawn(): void {
    this.#setState('starting');
    this.#startedAt = Date.now();
    const child = this.#o.fork({ FLASHSWARM_CORE: JSON.stringify(this.#o.options) });
    this.#child = child;
    child.onMessage((message) => {
      if (this.#child === child) this.#onMessage(child, message);
    });
    child.onExit((code) => {
      if (this.#child === child) this.#onExit(code);
    });
    for (const [handle, path] of this.#grants) child.send({ t: 'grant', handle, path });
    this.#lastPongAt = Date.now();
    this.#pingTimer = setInterval(() => {
      const silentMs = Date.now() - this.#lastPongAt;
      if (silentMs > (this.state === 'starting' ? startWithinMs : hungAfterMs)) {
        this.#o.log?.(`The core has not answered for ${Math.round(silentMs / 1000)} s and is started again.`);
        child.kill();
      } else {
        child.send({ t: 'ping', id: 0 });
      }
    }, pingEveryMs);
    this.#pingTimer.unref();
  }

  #onMessage(child: CoreChild, raw: unknown): void {
    const parsed = FromCoreSchema.safeParse(raw);
    if (!parsed.success) return;
    const message: FromCore = parsed.data;
    switch (message.t) {
      case 'ready':
        this.#setState('up');
        this.#firstReady?.resolve();
        this.#firstReady = null;
        void this.#refreshProjection();
        break;
      case 'answer': {
        const pending = this.#pending.get(message.id);
        this.#pending.delete(message.id);
        pending?.resolve(message.answer as Answer<unknown>);
        break;
      }
      case 'event':
        if (isEventName(message.name)) this.#onEvent(message.name, message.payload);
        break;
      case 'pong':
        this.#lastPongAt = Date.now();
        break;
      case 'fatal':
        this.#fatal = message.message;
        break;
      case 'stopped':
        break; // the exit follows
      case 'host-request':
        this.#o.trash(message.paths).then(
          () => child.send({ t: 'host-answer', id: message.id, ok: true }),
          (error: unknown) => child.send({ t: 'host-answer', id: message.id, ok: false, message: error instanceof Error ? error.message : String(error) }),
        );
        break;
    }
  }

  #onEvent(name: EventName, payload: unknown): void {
    if (this.#projection) {
      if (name === 'packages.changed') {
        const delta = DeltaSchema.safeParse(payload);
        if (delta.success) this.#projection = applyDelta(this.#projection, delta.data);
      } else if (name === 'settings.changed') {
        const settings = Settings.safeParse(payload);
        if (settings.success) this.#projection = { ...this.#projection, settings: settings.data };
      }
    }
    this.#emit(name, payload);
  }

  /** One at a time: a large library takes a while to read, and everybody asks for it when the core is up. */
  #refreshProjection(): Promise<void> {
    this.#refreshing ??= this.#readProjection().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  async #readProjection(): Promise<void> {
    const answer = await this.request('session.snapshot', {});
    if (!answer.ok) return;
    const snapshot = requests['session.snapshot'].output.safeParse(answer.value);
    if (snapshot.success) this.#projection = snapshot.data;
  }

  #onExit(code: number | null): void {
    if (this.#pingTimer) clearInterval(this.#pingTimer);
    this.#child = null;
    for (const pending of this.#pending.values()) pending.resolve(coreDown);
    this.#pending.clear();
    if (this.#stopping) {
      this.#setState('down');
      this.#stopped?.();
      return;
    }
    if (this.#fatal) {
      const message = this.#fatal;
      this.#setState('down', message);
      this.#firstReady?.reject(new Error(message));
      this.#firstReady = null;
      return;
    }
    if (Date.now() - this.#startedAt > calmAfterMs) this.#falls = 0;
    const waitMs = backOffMs[Math.min(this.#falls, backOffMs.length - 1)]!;
    this.#falls += 1;
    if (this.#firstReady && this.#falls >= 4) {
      this.#setState('down', 'The engine does not start.');
      this.#firstReady.reject(new Error(`The engine does not start (it ended with code ${code}).`));
      this.#firstReady = null;
      return;
    }
    this.#o.log?.(`The core ended (code ${code}); starting it again in ${waitMs} ms.`);
    this.#setState('down');
    this.#restartTimer = setTimeout(() => this.#spawn(), waitMs);
  }

  #setState(state: State, message?: string): void {
    this.state = state;
    this.#emit('core.state', { state, error: message ? { code: 'core-down', message } : null });
  }

  #emit(name: EventName, payload: unknown): void {
    if (!Object.hasOwn(events, name)) return;
    for (const listener of this.#listeners) listener(name, payload);
  }
}

/** The snapshot after a delta; an older delta changes nothing. */
export function applyDelta(snapshot: Snapshot, delta: Delta): Snapshot {
  if (delta.seq <= snapshot.seq) return snapshot;
  const byId = new Map<string, PackageSummary>(snapshot.packages.map((p) => [p.id, p]));
  for (const id of delta.removed) byId.delete(id);
  for (const p of delta.upserted) byId.set(p.id, p);
  return { ...snapshot, seq: delta.seq, totals: delta.totals, packages: [...byId.values()] };
}
