// The tray's tooltip and menu as plain data, so that they can be looked at without a tray.
import { shownText } from '../../contract/openable.ts';
import type { TrayView } from './tray-state.ts';
import { percentWord, rateWord, word } from './words.ts';

export type TrayAction = { do: 'open' | 'add' | 'quit' | 'turtle' } | { do: 'pause' | 'resume'; ids: string[] } | { do: 'show'; id: string };
export type TrayItem = { label: string; action: TrayAction | null; checked?: boolean } | 'line';

const MAX_NAME_CHARACTERS = 40;

/** What the pointer over the icon tells: at most two lines, as Windows cuts longer ones. */
export function trayTooltip(view: TrayView): string {
  const what = view.problems > 0 ? word('tray.problems', { count: view.problems })
    : view.fetching > 0 ? fetchingWord(view)
      : view.sharing > 0 ? word('tray.sharing', { count: view.sharing })
        : word(view.state === 'paused' ? 'tray.paused' : 'tray.idle');
  const moves = view.downloadBytesPerSecond + view.uploadBytesPerSecond >= 1000;
  return moves ? `${what}\n${word('tray.rates', { down: rateWord(view.downloadBytesPerSecond), up: rateWord(view.uploadBytesPerSecond) })}` : what;
}

/** How much of it is here is left out while nobody knows how much there is. */
function fetchingWord({ fetching, progress }: TrayView): string {
  const name = word('tray.fetching', { count: fetching });
  return progress === null ? name : word('tray.download', { name, share: percentWord(progress) });
}

export function trayMenu(view: TrayView): TrayItem[] {
  const items: TrayItem[] = [
    { label: word('tray.open'), action: { do: 'open' } },
    { label: word('tray.add'), action: { do: 'add' } },
    'line',
    { label: word('tray.pauseAll'), action: view.running.length > 0 ? { do: 'pause', ids: view.running } : null },
    { label: word('tray.resumeAll'), action: view.paused.length > 0 ? { do: 'resume', ids: view.paused } : null },
    { label: word('tray.turtle'), action: { do: 'turtle' }, checked: view.turtleOn },
    'line',
  ];
  for (const { id, name, progress, complete } of view.newest) {
    const short = shortened(name);
    items.push({ label: complete || progress === null ? short : word('tray.download', { name: short, share: percentWord(progress) }), action: { do: 'show', id } });
  }
  if (view.newest.length > 0) items.push('line');
  items.push({ label: word('tray.quit'), action: { do: 'quit' } });
  return items;
}

/** A name comes from a stranger: nothing in it turns text around, and "&" marks no key. */
function shortened(name: string): string {
  const letters = [...shownText(name).replace(/&/g, '&&')];
  return letters.length <= MAX_NAME_CHARACTERS ? letters.join('') : `${letters.slice(0, MAX_NAME_CHARACTERS - 1).join('')}…`;
}
