// Gives the page the contract's bridge and nothing else of Electron: requests by name, events by name.
import { contextBridge, ipcRenderer } from 'electron';
import type { Answer, Bridge, EventName, Input, Output, Payload, RequestName } from '../contract/index.ts';
import { eventNames, requestNames } from '../contract/table.ts';

type Listener = (payload: never) => void;
const listeners = new Map<EventName, Set<Listener>>();

ipcRenderer.on('flashswarm:event', (_event, name: EventName, payload: unknown) => {
  for (const listener of listeners.get(name) ?? []) listener(payload as never);
});

const bridge: Bridge = {
  request<N extends RequestName>(name: N, input: Input<N>): Promise<Answer<Output<N>>> {
    if (requestNames.includes(name)) return ipcRenderer.invoke('flashswarm:request', name, input);
    return Promise.resolve({ ok: false, error: { code: 'bad-request', message: 'There is no such request.' } });
  },
  on<N extends EventName>(name: N, listener: (payload: Payload<N>) => void): () => void {
    if (!eventNames.includes(name)) return () => {};
    const those = listeners.get(name) ?? new Set<Listener>();
    listeners.set(name, those.add(listener as Listener));
    return () => void those.delete(listener as Listener);
  },
};

contextBridge.exposeInMainWorld('flashswarm', bridge);
