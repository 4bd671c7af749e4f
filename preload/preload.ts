// Gives the page the contract's bridge and nothing else of Electron: requests by name, events by name.
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Answer, Bridge, EventName, Input, Output, Payload, RequestName } from '../contract/index.ts';
import { eventNames, requestNames } from '../contract/table.ts';

type Listener = (payload: never) => void;
const listeners = new Map<EventName, Set<Listener>>();

ipcRenderer.on('flashswarm:event', (_event, name: EventName, payload: unknown) => {
  for (const listener of listeners.get(name) ?? []) listener(payload as never);
});

/** Where a dropped file is; empty for what is no file of the disk. Nothing but a real File is looked at: a page could name any path otherwise. */
function placeOf(file: unknown): string {
  if (!(file instanceof File)) return '';
  // Before Electron 32 a File had its path; there is no webUtils on the oldest runtime that tests use.
  return webUtils ? webUtils.getPathForFile(file) : (file as { path?: string }).path ?? '';
}

/** Asked for before the page's own scripts are even read, so that its first picture has something to show. */
let lastKnown: Promise<Answer<Output<'host.lastKnown'>>> | null = ipcRenderer.invoke('flashswarm:request', 'host.lastKnown', {});

const bridge: Bridge = {
  request<N extends RequestName>(name: N, input: Input<N>): Promise<Answer<Output<N>>> {
    if (name === 'host.lastKnown' && lastKnown) {
      const early = lastKnown;
      lastKnown = null;
      return early as Promise<Answer<Output<N>>>;
    }
    if (requestNames.includes(name)) return ipcRenderer.invoke('flashswarm:request', name, input);
    return Promise.resolve({ ok: false, error: { code: 'bad-request', message: 'There is no such request.' } });
  },
  on<N extends EventName>(name: N, listener: (payload: Payload<N>) => void): () => void {
    if (!eventNames.includes(name)) return () => {};
    const those = listeners.get(name) ?? new Set<Listener>();
    listeners.set(name, those.add(listener as Listener));
    return () => void those.delete(listener as Listener);
  },
  dropped: (files) => ipcRenderer.invoke('flashswarm:dropped', Array.isArray(files) ? files.slice(0, 100).map(placeOf).filter(Boolean) : []),
};

contextBridge.exposeInMainWorld('flashswarm', bridge);
