// What the first picture does not show: pages and dialogs in files of their own, which are loaded once the library is there.
import { lazy } from 'react';

const parts = {
  addDialog: () => import('./add/add-dialog.tsx'),
  connectivityPage: () => import('./connectivity/connectivity-page.tsx'),
  createPage: () => import('./create/create-page.tsx'),
  detail: () => import('./detail/detail.tsx'),
  playerDialog: () => import('./player/player-dialog.tsx'),
  publishersPage: () => import('./publishers/publishers-page.tsx'),
  settingsDialog: () => import('./settings/settings-dialog.tsx'),
  moveDialog: () => import('./shell/move-dialog.tsx'),
  removeDialog: () => import('./shell/remove-dialog.tsx'),
  shortcutsDialog: () => import('./shell/shortcuts-dialog.tsx'),
};

export const AddDialog = lazy(() => parts.addDialog().then(({ AddDialog }) => ({ default: AddDialog })));
export const ConnectivityPage = lazy(() => parts.connectivityPage().then(({ ConnectivityPage }) => ({ default: ConnectivityPage })));
export const CreatePage = lazy(() => parts.createPage().then(({ CreatePage }) => ({ default: CreatePage })));
export const Detail = lazy(() => parts.detail().then(({ Detail }) => ({ default: Detail })));
export const PlayerDialog = lazy(() => parts.playerDialog().then(({ PlayerDialog }) => ({ default: PlayerDialog })));
export const PublishersPage = lazy(() => parts.publishersPage().then(({ PublishersPage }) => ({ default: PublishersPage })));
export const SettingsDialog = lazy(() => parts.settingsDialog().then(({ SettingsDialog }) => ({ default: SettingsDialog })));
export const MoveDialog = lazy(() => parts.moveDialog().then(({ MoveDialog }) => ({ default: MoveDialog })));
export const RemoveDialog = lazy(() => parts.removeDialog().then(({ RemoveDialog }) => ({ default: RemoveDialog })));
export const ShortcutsDialog = lazy(() => parts.shortcutsDialog().then(({ ShortcutsDialog }) => ({ default: ShortcutsDialog })));

/** Long enough for the first picture, too short to reach for anything. */
const AFTER_MS = 1000;

/** Loads all of it one after the other, so that nothing has to be waited for when it is asked for, also by a page whose server is gone by then. @returns an end to it */
export function loadTheRest(): () => void {
  const timer = setTimeout(() => {
    void (async () => {
      // A part that does not come is asked for again when it is needed.
      for (const load of Object.values(parts)) await load().catch(() => null);
    })();
  }, AFTER_MS);
  return () => clearTimeout(timer);
}
