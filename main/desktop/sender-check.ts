// Who is heard over IPC: only the main frame of our own window, while it shows our own page.
import type { IpcMainInvokeEvent, WebContents } from 'electron';
import { appOrigin } from './page-policy.ts';

type Caller = Pick<IpcMainInvokeEvent, 'sender'> & { senderFrame: { parent: unknown; url: string } | null };

/** @param window the one window there is, if any */
export function isOurPage({ sender, senderFrame }: Caller, window: { webContents: WebContents } | null): boolean {
  return window !== null && sender === window.webContents && senderFrame !== null && senderFrame.parent === null && senderFrame.url.startsWith(`${appOrigin}/`);
}
