// Carries the contract over Electron's IPC: checks who is calling, parses strictly, and asks the host's or the core's handler.
import { ipcMain } from 'electron';
import type { BrowserWindow } from 'electron';
import type { Answer, Handlers, HostRequestName } from '../../contract/index.ts';
import { isRequestName, parseInput, requests, route, toFailure } from '../../contract/index.ts';
import type { CoreSupervisor } from '../core/supervisor.ts';
import { droppedFiles } from './dropped-files.ts';
import { isOurPage } from './sender-check.ts';

const forbidden: Answer<never> = { ok: false, error: { code: 'forbidden', message: 'This page may not ask that.' } };

async function askCore(core: CoreSupervisor, name: string, input: unknown): Promise<Answer<unknown>> {
  try {
    return await core.request(name, isRequestName(name) ? parseInput(name, input) : input);
  } catch (error) {
    return { ok: false, error: toFailure(error) };
  }
}

/** Answers requests, and sends each event of the core to the window there is. */
export function routeIpc(core: CoreSupervisor, host: Handlers<HostRequestName>, window: () => BrowserWindow | null): void {
  ipcMain.handle('flashswarm:request', (event, name: unknown, input: unknown) => {
    if (!isOurPage(event, window())) return forbidden;
    if (isRequestName(name) && requests[name].by === 'core') return askCore(core, name, input);
    return route(host, name, input);
  });
  ipcMain.handle('flashswarm:dropped', (event, paths: unknown) => (
    isOurPage(event, window()) ? droppedFiles(paths, (place) => core.grant(place)) : []
  ));
  core.onAny((name, payload) => sendEvent(window(), name, payload));
}

export function sendEvent(window: BrowserWindow | null, name: string, payload: unknown): void {
  if (window && !window.isDestroyed()) window.webContents.send('flashswarm:event', name, payload);
}
