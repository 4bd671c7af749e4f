// Shows one inline notice at a time: what failed, or what can be undone.
import type { Failure } from '../../contract/index.ts';
import { useView, type Notice } from '../stores/view-store.ts';

const SHOWN_MS = 8000;
let nextId = 1;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows a notice in place of the one before; a problem stays until it is closed. */
export function showNotice(tone: Notice['tone'], text: string, action: Notice['action'] = null): void {
  clearTimeout(timer);
  const id = nextId++;
  useView.setState({ notice: { id, tone, text, action } });
  if (tone === 'info') timer = setTimeout(closeNotice, SHOWN_MS);
}

export function closeNotice(): void {
  clearTimeout(timer);
  useView.setState({ notice: null });
}

export const showFailure = (failure: Failure): void => showNotice('problem', failure.message);
