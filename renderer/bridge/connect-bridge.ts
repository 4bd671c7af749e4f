// Finds the way to the host: the preload's bridge in a desktop window, else the web socket of the page's own origin.
import type { WindowBridge } from './bridge.ts';
import { connectWebSocket } from './web-socket-bridge.ts';

/** The bridge for this window. Connecting goes on by itself; requests asked before it is open wait for it. */
export function connectBridge(): WindowBridge {
  const preloaded = window.flashswarm;
  if (!preloaded) {
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    return connectWebSocket(`${scheme}//${location.host}/ws`);
  }
  return {
    request: (name, input) => preloaded.request(name, input),
    on: (name, listener) => preloaded.on(name, listener),
    ...(preloaded.dropped ? { dropped: (files: unknown[]) => preloaded.dropped?.(files) ?? Promise.resolve([]) } : {}),
    onLink(listener) {
      listener('open');
      return () => {};
    },
  };
}
