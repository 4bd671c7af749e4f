// The bridge over a web socket of the same origin: requests with ids, events, reconnection with back-off.
import type { Answer, EventName, Input, Output, Payload, RequestName } from '../../contract/index.ts';
import type { LinkState, WindowBridge } from './bridge.ts';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 8000;
/** What a refusal for a missing token closes with, where the upgrade itself went through (RFC 6455, 7.4). */
const POLICY_VIOLATION = 1008;

interface Reply { id: number; answer: Answer<unknown> }
interface Announcement { event: EventName; payload: unknown }
type Waiting = (answer: Answer<unknown>) => void;

const lost: Answer<never> = { ok: false, error: { code: 'core-down', message: 'The connection to Flashswarm was lost. It is being looked for again.' } };

/** Whether the host refuses us for want of a token: a plain request to the socket's address tells, a refused upgrade does not. */
async function isTokenMissing(address: string): Promise<boolean> {
  try {
    const answer = await fetch(address.replace(/^ws/, 'http'), { credentials: 'same-origin', cache: 'no-store' });
    return answer.status === 401 || answer.status === 403;
  } catch {
    return false;
  }
}

/** Connects to `address` (ws: or wss:) and stays connected. */
export function connectWebSocket(address: string): WindowBridge {
  const listeners = new Map<EventName, Set<(payload: never) => void>>();
  const linkListeners = new Set<(state: LinkState) => void>();
  const waiting = new Map<number, Waiting>();
  let outbox: string[] = [];
  let link: LinkState = 'connecting';
  let nextId = 1;
  let retryMs = FIRST_RETRY_MS;
  let socket: WebSocket;

  const setLink = (state: LinkState): void => {
    link = state;
    for (const listener of linkListeners) listener(state);
  };

  const failAll = (): void => {
    const failed = [...waiting.values()];
    waiting.clear();
    outbox = [];
    for (const settle of failed) settle(lost);
  };

  const receive = (text: string): void => {
    const message = JSON.parse(text) as Reply | Announcement;
    if ('event' in message) {
      for (const listener of listeners.get(message.event) ?? []) listener(message.payload as never);
      return;
    }
    const settle = waiting.get(message.id);
    waiting.delete(message.id);
    settle?.(message.answer);
  };

  const open = (): void => {
    let wasOpen = false;
    socket = new WebSocket(address);
    socket.addEventListener('open', () => {
      wasOpen = true;
      retryMs = FIRST_RETRY_MS;
      for (const text of outbox) socket.send(text);
      outbox = [];
      setLink('open');
    });
    socket.addEventListener('message', (event: MessageEvent<string>) => receive(event.data));
    socket.addEventListener('close', (event) => void closed(event.code, wasOpen));
  };

  const closed = async (code: number, wasOpen: boolean): Promise<void> => {
    if (wasOpen) setLink('lost');
    if (code === POLICY_VIOLATION || (!wasOpen && await isTokenMissing(address))) {
      setLink('no-token');
      failAll();
      return;
    }
    failAll();
    if (link !== 'lost') setLink('lost');
    setTimeout(open, retryMs * (0.75 + Math.random() / 2));
    retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
  };

  open();

  return {
    request<N extends RequestName>(name: N, input: Input<N>): Promise<Answer<Output<N>>> {
      if (link === 'lost' || link === 'no-token') return Promise.resolve(lost);
      const id = nextId++;
      const text = JSON.stringify({ id, name, input });
      return new Promise((settle) => {
        waiting.set(id, settle as Waiting);
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
        else outbox.push(text);
      });
    },
    on<N extends EventName>(name: N, listener: (payload: Payload<N>) => void): () => void {
      const of = listeners.get(name) ?? new Set();
      listeners.set(name, of);
      of.add(listener as (payload: never) => void);
      return () => void of.delete(listener as (payload: never) => void);
    },
    onLink(listener) {
      linkListeners.add(listener);
      listener(link);
      return () => void linkListeners.delete(listener);
    },
  };
}
