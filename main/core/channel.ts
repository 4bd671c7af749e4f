// The core's end of the line to its host: a utility process's port in the desktop, a child process's channel elsewhere.
import type { FromCore, ToCore } from '../../contract/index.ts';
import { ToCore as ToCoreSchema } from '../../contract/index.ts';

export interface HostChannel {
  send(message: FromCore): void;
  onMessage(listener: (message: ToCore) => void): void;
  onClose(listener: () => void): void;
}

interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  on(event: 'close', listener: () => void): void;
}

/** @throws Error when the process was started by hand */
export function openHostChannel(): HostChannel {
  const listen = (listener: (message: ToCore) => void) => (raw: unknown) => {
    const message = ToCoreSchema.safeParse(raw);
    if (message.success) listener(message.data);
  };
  const port = (process as unknown as { parentPort?: ParentPort }).parentPort;
  if (port) {
    return {
      send: (message) => port.postMessage(message),
      onMessage: (listener) => port.on('message', (event) => listen(listener)(event.data)),
      onClose: (listener) => port.on('close', listener),
    };
  }
  if (!process.send) throw new Error('The core is started by a host, not by hand. Use: npm start');
  return {
    send: (message) => {
      if (process.connected) process.send?.(message, undefined, undefined, () => {});
    },
    onMessage: (listener) => process.on('message', listen(listener)),
    onClose: (listener) => process.on('disconnect', listener),
  };
}
