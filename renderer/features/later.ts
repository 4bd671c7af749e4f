// What the first picture does not show: pages and dialogs in files of their own, which are loaded once the library is there.
import { createElement, lazy, useState, type ComponentType } from 'react';

const loaders: (() => Promise<unknown>)[] = [];

/** A part that is drawn at once when it is here by now, and otherwise when it has come (inside a `Suspense`). */
function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let here: ComponentType<P> | null = null;
  const loadOnce = async (): Promise<ComponentType<P>> => (here ??= await load());
  loaders.push(loadOnce);
  const Coming = lazy(async () => ({ default: await loadOnce() })) as unknown as ComponentType<P>;
  return function Later(props: P) {
    const [Part] = useState(() => here ?? Coming); // the same for as long as it is shown
    return createElement(Part, props);
  };
}

export const AddDialog = later(() => import('./add/add-dialog.tsx').then((part) => part.AddDialog));
export const ConnectivityPage = later(() => import('./connectivity/connectivity-page.tsx').then((part) => part.ConnectivityPage));
export const CreatePage = later(() => import('./create/create-page.tsx').then((part) => part.CreatePage));
export const Detail = later(() => import('./detail/detail.tsx').then((part) => part.Detail));
export const PlayerDialog = later(() => import('./player/player-dialog.tsx').then((part) => part.PlayerDialog));
export const PublishersPage = later(() => import('./publishers/publishers-page.tsx').then((part) => part.PublishersPage));
export const SettingsDialog = later(() => import('./settings/settings-dialog.tsx').then((part) => part.SettingsDialog));
export const MoveDialog = later(() => import('./shell/move-dialog.tsx').then((part) => part.MoveDialog));
export const RemoveDialog = later(() => import('./shell/remove-dialog.tsx').then((part) => part.RemoveDialog));
export const ShortcutsDialog = later(() => import('./shell/shortcuts-dialog.tsx').then((part) => part.ShortcutsDialog));

/** Long enough for the first picture, too short to reach for anything. */
const AFTER_MS = 500;

/** Loads all of it one after the other, so that nothing has to be waited for when it is asked for, also by a page whose server is gone by then. @returns an end to it */
export function loadTheRest(): () => void {
  const timer = setTimeout(() => {
    void (async () => {
      // A part that does not come is asked for again when it is needed.
      for (const load of loaders) await load().catch(() => null);
    })();
  }, AFTER_MS);
  return () => clearTimeout(timer);
}
