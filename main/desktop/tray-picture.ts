// Draws the tray's icon: the outline of the product's shape, many dots drawing together into one disc, filled as progress goes.

export type TrayState = 'idle' | 'downloading' | 'seeding' | 'paused' | 'problem';

/** 0..255 each. */
export interface Colour { red: number; green: number; blue: number }

/** Visible on light and dark panels alike. */
export const accent: Colour = { red: 0x3d, green: 0x70, blue: 0xf5 };
export const alarm: Colour = { red: 0xe0, green: 0x3c, blue: 0x3c };
/** macOS colours it by itself. */
export const template: Colour = { red: 0, green: 0, blue: 0 };

const SAMPLES = 4;
const CENTRE = 0.5;
const RADIUS = 0.46;
const OUTLINE = 0.08;
/** The dots on the left: x, y, radius, in parts of the side. */
const DOTS = [[0.07, 0.5, 0.045], [0.2, 0.36, 0.065], [0.2, 0.64, 0.065]] as const;
const DISC_FROM = 0.3;

/**
 * @param progress 0..1 of what is being fetched
 * @param side in pixels
 * @returns 4 bytes a pixel, blue, green, red, alpha, as Electron's `nativeImage.createFromBitmap` takes them on every system
 */
export function trayPicture(state: TrayState, progress: number, side: number, colour: Colour): Uint8Array {
  const pixels = new Uint8Array(side * side * 4);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let hits = 0;
      for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
        const u = (x + ((sample % SAMPLES) + 0.5) / SAMPLES) / side;
        const v = (y + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES) / side;
        if (isInk(state, progress, u, v)) hits++;
      }
      if (hits === 0) continue;
      const at = (y * side + x) * 4;
      const alpha = hits / (SAMPLES * SAMPLES);
      // Premultiplied, as the picture's format wants it.
      pixels[at] = Math.round(colour.blue * alpha);
      pixels[at + 1] = Math.round(colour.green * alpha);
      pixels[at + 2] = Math.round(colour.red * alpha);
      pixels[at + 3] = Math.round(255 * alpha);
    }
  }
  return pixels;
}

/** `Math.hypot` guards against overflow, which takes many times as long. */
const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);

/** @param u, v the place in the picture, 0..1 from the left and from the top */
function isInk(state: TrayState, progress: number, u: number, v: number): boolean {
  const distance = length(u - CENTRE, v - CENTRE);
  if (u < DISC_FROM) return DOTS.some(([x, y, radius]) => length(u - x, v - y) <= radius);
  if (distance > RADIUS) return false;
  const isOutline = distance > RADIUS - OUTLINE || u < DISC_FROM + OUTLINE;
  switch (state) {
    case 'idle': return isOutline;
    case 'downloading': return isOutline || isFull(progress, u);
    case 'seeding': return true;
    case 'paused': return isOutline || (Math.abs(v - CENTRE) < 0.2 && (Math.abs(u - 0.51) < 0.05 || Math.abs(u - 0.68) < 0.05));
    case 'problem': return !(Math.abs(u - 0.62) < 0.06 && ((v > 0.22 && v < 0.58) || (v > 0.66 && v < 0.78)));
  }
}

/** It fills from the right, as the dots arrive from the left. A little is full from the start, or it would look idle; a last gap stays, or "nearly" would look like "done". */
function isFull(progress: number, u: number): boolean {
  const width = CENTRE + RADIUS - DISC_FROM;
  return u >= CENTRE + RADIUS - width * (0.25 + 0.55 * Math.min(1, Math.max(0, progress)));
}
