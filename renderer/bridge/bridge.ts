// The one bridge of this window, and the only place through which actions reach it.
import type { Answer, Bridge, Input, Output, RequestName } from '../../contract/index.ts';

/** How the way to the host is: the host answers, is being looked for again, or wants the printed address opened again. */
export type LinkState = 'connecting' | 'open' | 'lost' | 'no-token';

/** A bridge that can say how its own way is; one from a preload is always open. */
export interface WindowBridge extends Bridge {
  onLink(listener: (state: LinkState) => void): () => void;
}

let current: WindowBridge | null = null;

/** Sets the bridge of this window, once, before anything renders. */
export function setBridge(bridge: WindowBridge): void {
  current = bridge;
}

/** Asks the host or its core. Never throws: a lost way is an answer with `core-down`. */
export async function ask<N extends RequestName>(name: N, input: Input<N>): Promise<Answer<Output<N>>> {
  if (!current) return { ok: false, error: { code: 'core-down', message: 'Flashswarm is not connected yet.' } };
  try {
    return await current.request(name, input);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ok: false, error: { code: 'internal', message: `The request could not be sent: ${detail}` } };
  }
}

/** A file or folder that was dropped, as the host knows it. */
export type DroppedItem = Awaited<ReturnType<NonNullable<Bridge['dropped']>>>[number];

/** Where the files and folders of a drop are; null where the host does not tell, as in a browser. */
export async function placesOf(files: readonly File[]): Promise<DroppedItem[] | null> {
  try {
    return await current?.dropped?.([...files]) ?? null;
  } catch {
    return null;
  }
}
