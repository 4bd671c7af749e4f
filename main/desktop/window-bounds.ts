// Remembers where the window was, and forgets it when that place is on no screen any more.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { app, screen } from 'electron';
import type { BrowserWindow, Rectangle } from 'electron';

const initial = { width: 1100, height: 760 };
export const minimum = { minWidth: 480, minHeight: 360 };

const file = (): string => path.join(app.getPath('userData'), 'window.json');

function isOnAScreen(place: Rectangle): boolean {
  const { workArea } = screen.getDisplayMatching(place);
  const isGrippable = place.x + place.width > workArea.x + 80 && place.x < workArea.x + workArea.width - 80;
  return isGrippable && place.y >= workArea.y - 10 && place.y < workArea.y + workArea.height - 40;
}

export function restoreBounds(): Partial<Rectangle> & { isMaximized: boolean } {
  try {
    const { x, y, width, height, isMaximized } = JSON.parse(readFileSync(file(), 'utf8')) as Record<string, unknown>;
    if (![x, y, width, height].every(Number.isInteger)) return { ...initial, isMaximized: false };
    const place = { x, y, width: Math.max(Number(width), minimum.minWidth), height: Math.max(Number(height), minimum.minHeight) } as Rectangle;
    return isOnAScreen(place) ? { ...place, isMaximized: isMaximized === true } : { ...initial, isMaximized: false };
  } catch {
    return { ...initial, isMaximized: false };
  }
}

export function rememberBounds(window: BrowserWindow): void {
  window.on('close', () => {
    try {
      writeFileSync(file(), JSON.stringify({ ...window.getNormalBounds(), isMaximized: window.isMaximized() }));
    } catch {
      // Not worth a word: the window opens at its usual size next time.
    }
  });
}
