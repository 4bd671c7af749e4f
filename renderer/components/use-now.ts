// The time of day as state: one tick a second, shared by whatever counts down.
import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const still = (): (() => void) => () => {};

/** Epoch milliseconds; moves each second while `ticking`. */
export function useNow(ticking: boolean): number {
  const ticked = useSyncExternalStore(ticking ? subscribe : still, () => (ticking ? now : 0));
  return Math.max(ticked, Date.now());
}
