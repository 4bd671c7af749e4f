// Routes requests of every client to the core or to this host, and keeps apart what belongs to one client: its watch and its previews.
import type { Answer, EventName, Handlers, HostRequestName, PackageFigures } from '../../contract/index.ts';
import { isRequestName, requests, route, toFailure } from '../../contract/index.ts';
import type { CoreSupervisor } from '../core/supervisor.ts';

export type Supervisor = Pick<CoreSupervisor, 'request' | 'onAny' | 'grant' | 'state'>;

export interface Client {
  send(name: EventName, payload: unknown): void;
}

interface ClientState { client: Client; watched: string | null; previews: Set<string> }

const detailEveryMs = 1_000;
const abandonedPreviewMs = 30_000; // a window that reloads or loses its line for a moment finds its preview again

export class Hub {
  readonly #supervisor: Supervisor;
  readonly #host: Handlers<HostRequestName>;
  readonly #clients = new Map<Client, ClientState>();
  readonly #abandoned = new Map<string, NodeJS.Timeout>();
  readonly #allow: (name: string, input: unknown) => Promise<void>;
  readonly #unsubscribe: () => void;
  /** The newest point of the figures that was sent of each watched package. */
  readonly #lastPoints = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;

  /** @param allow rejects what the operator of this host does not allow, before the core is asked */
  constructor(supervisor: Supervisor, host: Handlers<HostRequestName>, allow: (name: string, input: unknown) => Promise<void> = async () => {}) {
    this.#supervisor = supervisor;
    this.#host = host;
    this.#allow = allow;
    this.#unsubscribe = supervisor.onAny((name, payload) => {
      if (name === 'detail.changed' || name === 'figures.changed') return; // each client gets the package that it watches, below
      for (const { client } of this.#clients.values()) client.send(name, payload);
    });
  }

  join(client: Client): void {
    this.#clients.set(client, { client, watched: null, previews: new Set() });
    client.send('core.state', { state: this.#supervisor.state, error: null });
  }

  leave(client: Client): void {
    const state = this.#clients.get(client);
    this.#clients.delete(client);
    for (const previewId of state?.previews ?? []) {
      const timer = setTimeout(() => {
        this.#abandoned.delete(previewId);
        void this.#supervisor.request('previews.close', { previewId });
      }, abandonedPreviewMs);
      timer.unref();
      this.#abandoned.set(previewId, timer);
    }
  }

  close(): void {
    this.#unsubscribe();
    if (this.#timer) clearInterval(this.#timer);
    for (const timer of this.#abandoned.values()) clearTimeout(timer);
    this.#clients.clear();
  }

  /** Answers one request of hostile origin. @param client the window that asked; absent for REST */
  async request(name: unknown, input: unknown, client?: Client): Promise<Answer<unknown>> {
    const state = client && this.#clients.get(client);
    if (isRequestName(name) && requests[name].by === 'core') {
      if (name === 'packages.watch') return this.#watch(state, input);
      try {
        await this.#allow(name, input);
      } catch (error) {
        return { ok: false, error: toFailure(error) };
      }
      const answer = await this.#supervisor.request(name, input);
      if (state && answer.ok) this.#follow(state, name, input, answer.value);
      return answer;
    }
    return route<HostRequestName>(this.#host, name, input);
  }

  /** The core knows one watched package; here each window has its own. */
  async #watch(state: ClientState | undefined, input: unknown): Promise<Answer<unknown>> {
    const parsed = requests['packages.watch'].input.safeParse(input ?? {});
    if (!parsed.success || !state) return { ok: false, error: { code: 'bad-request', message: 'Only a window can watch a package.' } };
    state.watched = parsed.data.id;
    if (state.watched === null) return { ok: true, value: undefined };
    const detail = await this.#supervisor.request('packages.detail', { id: state.watched });
    if (!detail.ok) return detail;
    state.client.send('detail.changed', detail.value);
    this.#timer ??= setInterval(() => void this.#sendDetails(), detailEveryMs);
    return { ok: true, value: undefined };
  }

  /** With the points since the last time; with all of them the first time. */
  async #newFigures(id: string): Promise<PackageFigures | null> {
    const since = this.#lastPoints.get(id);
    const answer = await this.#supervisor.request('packages.figures', { id, ...(since === undefined ? {} : { since }) });
    if (!answer.ok) return null;
    const figures = answer.value as PackageFigures;
    // Another round may have been quicker.
    if (this.#lastPoints.get(id) !== since) return null;
    this.#lastPoints.set(id, figures.history.points.at(-1)?.at ?? since ?? 0);
    return figures;
  }

  async #sendDetails(): Promise<void> {
    const ids = new Set([...this.#clients.values()].flatMap((state) => state.watched ?? []));
    if (ids.size === 0 && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
    for (const id of this.#lastPoints.keys()) if (!ids.has(id)) this.#lastPoints.delete(id);
    for (const id of ids) {
      const detail = await this.#supervisor.request('packages.detail', { id });
      const figures = detail.ok ? await this.#newFigures(id) : null;
      for (const state of this.#clients.values()) {
        if (state.watched !== id) continue;
        if (figures) state.client.send('figures.changed', figures);
        if (detail.ok) state.client.send('detail.changed', detail.value);
        else if (detail.error.code === 'not-found') state.watched = null;
      }
    }
  }

  /** Previews are closed when the window that opened them is gone: each holds connections. */
  #follow(state: ClientState, name: string, input: unknown, value: unknown): void {
    const previewId = name === 'previews.open' ? (value as { previewId?: unknown }).previewId : (input as { previewId?: unknown } | null)?.previewId;
    if (typeof previewId !== 'string') return;
    if (name === 'previews.open' || name === 'previews.get') {
      state.previews.add(previewId);
      clearTimeout(this.#abandoned.get(previewId));
      this.#abandoned.delete(previewId);
    } else if (name === 'previews.close' || name === 'packages.add') {
      for (const other of this.#clients.values()) other.previews.delete(previewId);
    }
  }
}
