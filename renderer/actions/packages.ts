// What can be done to packages; every failure becomes a notice with the core's own sentence.
import type { FilePriority, Input, PackageId, RequestName, ServerUse } from '../../contract/index.ts';
import { ask } from '../bridge/bridge.ts';
import { text } from '../i18n.ts';
import { usePackages } from '../stores/packages-store.ts';
import { offer } from './add.ts';
import { toClipboard } from './clipboard.ts';
import { closeNotice, showFailure, showNotice } from './notices.ts';
import { useView } from '../stores/view-store.ts';
import { showDetail } from './view.ts';

async function run<N extends RequestName>(name: N, input: Input<N>): Promise<boolean> {
  const answer = await ask(name, input);
  if (!answer.ok) showFailure(answer.error);
  return answer.ok;
}

export const pause = (ids: PackageId[]): Promise<boolean> => run('packages.pause', { ids });
export const resume = (ids: PackageId[]): Promise<boolean> => run('packages.resume', { ids });
export const recheck = (ids: PackageId[]): Promise<boolean> => run('packages.recheck', { ids });
export const announce = (ids: PackageId[]): Promise<boolean> => run('packages.announce', { ids });
export const setFiles = (id: PackageId, indexes: number[], priority: FilePriority): Promise<boolean> =>
  run('packages.setFiles', { id, files: indexes.map((index) => ({ index, priority })) });
export const setLayers = (id: PackageId, layers: string[]): Promise<boolean> => run('packages.setLayers', { id, layers });
export const checkUpdate = (id: PackageId): Promise<boolean> => run('packages.checkUpdate', { id });
export const playFile = (id: PackageId, index: number): Promise<boolean> => run('host.playFile', { id, index });
export const openFile = (id: PackageId, index: number): Promise<boolean> => run('host.openFile', { id, index });
export const setLimits = (input: Input<'packages.setLimits'>): Promise<boolean> => run('packages.setLimits', input);
export const setServerUse = (id: PackageId, use: ServerUse | null): Promise<boolean> => run('packages.setServerUse', { id, use });
export const setOrder = (input: Input<'packages.setOrder'>): Promise<boolean> => run('packages.setOrder', input);
export const setGoal = (input: Input<'packages.setSeedingGoal'>): Promise<boolean> => run('packages.setSeedingGoal', input);
export const moveToFront = (id: PackageId): Promise<boolean> => run('packages.setQueuePosition', { id, position: 0 });
export const addTrackers = (id: PackageId, trackers: string[]): Promise<boolean> => run('packages.addTrackers', { id, trackers });
export const removeTracker = (id: PackageId, url: string): Promise<boolean> => run('packages.removeTracker', { id, url });
export const addPeers = (id: PackageId, peers: string[]): Promise<boolean> => run('packages.addPeers', { id, peers });
export const openFolder = (id: PackageId): Promise<boolean> => run('host.openFolder', { id });

/** Fetches the newer version that was found; where its terms are new, the Add dialog asks first. */
export async function takeUpdate(id: PackageId): Promise<void> {
  const answer = await ask('packages.takeUpdate', { id });
  if (answer.ok) return;
  if (answer.error.code === 'not-accepted') offer({ source: { kind: 'update', id }, label: usePackages.getState().byId.get(id)?.name ?? id });
  else showFailure(answer.error);
}

/** Pauses what runs, or resumes when all of them are paused. */
export function togglePaused(ids: PackageId[]): Promise<boolean> {
  const { byId } = usePackages.getState();
  return ids.every((id) => byId.get(id)?.paused) ? resume(ids) : pause(ids);
}

/** Shares on after the goal was reached: without a goal of its own from now on. */
export async function shareAgain(id: PackageId): Promise<void> {
  if (await run('packages.setSeedingGoal', { id, goal: { kind: 'none' } })) await resume([id]);
}

/** Moves the files of a package into a folder that the host gave. */
export async function moveFiles(id: PackageId, folder: string): Promise<boolean> {
  return run('packages.move', { id, folder });
}

/** Asks the host for a folder and moves the files there. */
export async function pickAndMove(id: PackageId): Promise<void> {
  const picked = await ask('host.pickFolder', {});
  if (!picked.ok) showFailure(picked.error);
  else if (picked.value) await moveFiles(id, picked.value.handle);
}

/** Copies a magnet link to the clipboard. */
export async function copyLink(magnet: string): Promise<void> {
  if (await toClipboard(magnet)) showNotice('info', text('notice.copied'));
  else showNotice('problem', text('notice.notCopied'));
}

/** Copies the magnet link of a package. */
export async function copyMagnet(id: PackageId): Promise<void> {
  const detail = await ask('packages.detail', { id });
  if (!detail.ok) showFailure(detail.error);
  else await copyLink(detail.value.magnet);
}

const UNDO_MS = 8000;
let pendingRemoval: { ids: PackageId[]; timer: ReturnType<typeof setTimeout> } | null = null;

const hide = (ids: PackageId[], hidden: boolean): void => usePackages.setState((state) => {
  const next = new Set(state.hidden);
  for (const id of ids) {
    if (hidden) next.add(id);
    else next.delete(id);
  }
  return { hidden: next };
});

async function removeNow(ids: PackageId[], data: 'keep' | 'trash'): Promise<void> {
  const gone = await run('packages.remove', { ids, data });
  if (!gone) hide(ids, false);
  else setTimeout(() => hide(ids, false), 5000); // long after the core said that they are gone
}

/** Carries out a removal whose time for "Undo" is not over yet. */
export function finishRemoval(): void {
  if (!pendingRemoval) return;
  clearTimeout(pendingRemoval.timer);
  const { ids } = pendingRemoval;
  pendingRemoval = null;
  void removeNow(ids, 'keep');
}

function leave(ids: PackageId[]): void {
  const shown = useView.getState().detail;
  if (shown && ids.includes(shown)) showDetail(null);
  useView.setState((view) => ({ selected: new Set([...view.selected].filter((id) => !ids.includes(id))) }));
}

/** Takes packages out of the list and leaves their files; it can be undone for some seconds. */
export function removeKeepingFiles(ids: PackageId[]): void {
  if (ids.length === 0) return;
  finishRemoval();
  const name = usePackages.getState().byId.get(ids[0] ?? '')?.name ?? '';
  hide(ids, true);
  leave(ids);
  pendingRemoval = { ids, timer: setTimeout(finishRemoval, UNDO_MS) };
  showNotice('info', text('notice.removed', { count: ids.length, name }), {
    label: text('notice.undo'),
    run: () => {
      if (!pendingRemoval) return;
      clearTimeout(pendingRemoval.timer);
      hide(pendingRemoval.ids, false);
      pendingRemoval = null;
      closeNotice();
    },
  });
}

/** Takes packages out of the list and their files to the trash; asked before, since files go. */
export function removeWithFiles(ids: PackageId[]): void {
  hide(ids, true);
  leave(ids);
  void removeNow(ids, 'trash');
}
