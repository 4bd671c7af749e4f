// The colours and patterns of the plots as the style sheet has them now: the theme's, or the system's where it forces its own.
import { useSyncExternalStore } from 'react';

export const inks = ['people', 'server', 'given', 'connected', 'grid', 'text'] as const;
export type Ink = (typeof inks)[number];
export interface PlotLook { ink: Record<Ink, string>; font: string }

/**
 * Reads the colours `--ink-*` of an element; a canvas knows neither custom properties nor forced colours by itself.
 * @param element inside of the plot, of no other use
 */
export function readLook(element: HTMLElement): PlotLook {
  const style = getComputedStyle(element);
  const ink = {} as Record<Ink, string>;
  for (const name of inks) {
    element.style.color = `var(--ink-${name})`;
    ink[name] = style.color;
  }
  element.style.color = '';
  return { ink, font: `12px ${style.fontFamily}` };
}

const forced = '(forced-colors: active)';

function subscribe(listener: () => void): () => void {
  // The theme is set by an effect of the window, which runs after those of its parts.
  const theme = new MutationObserver(listener);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const media = matchMedia(forced);
  media.addEventListener('change', listener);
  return () => {
    theme.disconnect();
    media.removeEventListener('change', listener);
  };
}

/** Changes whenever colours have to be read again. */
export const useLookKey = (): string => useSyncExternalStore(subscribe, () => `${document.documentElement.dataset.theme} ${matchMedia(forced).matches}`);

const TILE = 8;

/** Diagonal stripes in a colour: what tells servers from people without colours. */
export function stripes(context: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  const scale = Math.max(1, Math.round(devicePixelRatio));
  const tile = document.createElement('canvas');
  tile.width = TILE * scale;
  tile.height = TILE * scale;
  const pen = tile.getContext('2d');
  if (!pen) return colour;
  pen.scale(scale, scale);
  pen.globalAlpha = 0.3;
  pen.fillStyle = colour;
  pen.fillRect(0, 0, TILE, TILE);
  pen.globalAlpha = 1;
  pen.strokeStyle = colour;
  pen.lineWidth = 2.4;
  for (const shift of [-TILE, 0, TILE]) {
    pen.moveTo(shift - 2, TILE + 2);
    pen.lineTo(shift + TILE + 2, -2);
  }
  pen.stroke();
  return context.createPattern(tile, 'repeat') ?? colour;
}
