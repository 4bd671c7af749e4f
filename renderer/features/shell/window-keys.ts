// The keys and gestures of the whole window: shortcuts, dropping and pasting anywhere.
import { useEffect, useState } from 'react';
import { openAdd } from '../../actions/add.ts';
import { takeDroppedFolder } from '../../actions/creation.ts';
import { takeDropped } from '../../actions/drop.ts';
import { finishRemoval } from '../../actions/packages.ts';
import { areKeyFiles, takeKeyFiles } from '../../actions/publishers.ts';
import { openDialog, openSettings, showDetail, showPage } from '../../actions/view.ts';
import { useView } from '../../stores/view-store.ts';
import { openTorrentFile } from './open-torrent-file.ts';

const isTextBox = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select') !== null;

const looksLikeLink = (words: string): boolean => /^(magnet:\?|flashswarm:|https?:\/\/\S+$|[0-9a-f]{40}$|[a-z2-7]{32}$)/i.test(words);

function withControl(event: KeyboardEvent): boolean {
  switch (event.key.toLowerCase()) {
    case 'o': openTorrentFile(); return true;
    case 'u': openAdd(); return true;
    case 'f': showPage('library'); requestAnimationFrame(() => document.getElementById('search')?.focus()); return true;
    case ',': openSettings(); return true;
    default: return false;
  }
}

function keyDown(event: KeyboardEvent): void {
  const { dialog, detail, page } = useView.getState();
  if (dialog.kind !== 'none' || event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    if (withControl(event)) event.preventDefault();
    return;
  }
  if (isTextBox(event.target)) return;
  if (event.key === '?') openDialog({ kind: 'shortcuts' });
  if (event.key === 'Escape' && detail && page === 'library' && (event.target as HTMLElement).getAttribute('role') !== 'menuitem') showDetail(null);
}

function paste(event: ClipboardEvent): void {
  if (useView.getState().dialog.kind !== 'none' || isTextBox(event.target)) return;
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length > 0) return takeDropped(files, '');
  const words = event.clipboardData?.getData('text').trim() ?? '';
  if (looksLikeLink(words)) useView.setState({ pasted: words });
}

function drop(event: DragEvent): void {
  event.preventDefault();
  const given = event.dataTransfer;
  const files = [...(given?.files ?? [])];
  const { page, dialog } = useView.getState();
  if ([...(given?.items ?? [])].some((item) => item.webkitGetAsEntry()?.isDirectory)) return void takeDroppedFolder(files);
  if (page === 'publishers' && dialog.kind === 'none' && areKeyFiles(files)) return void takeKeyFiles(files);
  takeDropped(files, given?.getData('text/uri-list') || given?.getData('text') || '');
}

/** Listens for the life of the window. @returns whether something is being dragged over it */
export function useWindowGestures(): boolean {
  const [dragging, setDragging] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      const types = event.dataTransfer?.types ?? [];
      if (!types.includes('Files') && !types.includes('text/uri-list') && !types.includes('text/plain')) return;
      event.preventDefault();
      setDragging(true);
    };
    const leave = (event: DragEvent): void => { if (event.relatedTarget === null) setDragging(false); };
    const dropped = (event: DragEvent): void => { setDragging(false); drop(event); };
    const listeners = [
      ['keydown', keyDown], ['paste', paste], ['dragover', over], ['dragleave', leave], ['drop', dropped], ['pagehide', finishRemoval],
    ] as [string, EventListener][];
    for (const [name, listener] of listeners) window.addEventListener(name, listener);
    return () => { for (const [name, listener] of listeners) window.removeEventListener(name, listener); };
  }, []);
  return dragging;
}
