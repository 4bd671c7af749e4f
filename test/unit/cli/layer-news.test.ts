// What is said once while a package is fetched.
import { expect, it } from 'vitest';
import { LayerNews } from '../../../main/cli/layer-news.ts';
import { eventInfo, eventSummary, layer, updating } from './package-parts.ts';

function heard(version = 2) {
  const lines: string[] = [];
  const news = new LayerNews({ say: (line, text) => void lines.push(`${String(line.type)} ${String(line.id ?? '')}: ${text}`) }, version);
  /** The states of the core and of the layer after it. */
  const look = (core: 'getting' | 'ready', more: 'getting' | 'ready') => (
    news.look(eventSummary({ layers: [layer({ state: core }), extra(more)], event: eventInfo({ coreReady: core === 'ready' }) }))
  );
  return { lines, news, look };
}
const extra = (state: 'getting' | 'ready' | 'sealed') => layer({ id: 'extra', title: 'Mu\x1bsic', required: false, infoHash: '2'.repeat(40), state });

it('each layer is said once when it is ready, the core as soon as it can be used', () => {
  const { lines, look } = heard();
  look('getting', 'getting');
  look('ready', 'getting');
  look('ready', 'getting');
  look('ready', 'ready');
  look('ready', 'ready');
  expect(lines).toEqual(['layer core: Ready: Core (1.0 kB)', 'core-ready : Core ready: it can be used now, in /x', 'layer extra: Ready: Mu�sic (1.0 kB)']);
});

it('the core is said first, even where a layer after it was ready sooner', () => {
  const { lines, look } = heard();
  look('getting', 'getting');
  look('getting', 'ready');
  expect(lines).toEqual([]);
  look('ready', 'ready');
  expect(lines.map((line) => line.split(':')[0])).toEqual(['layer core', 'core-ready ', 'layer extra']);
});

it('what was ready before is no news, and a sealed layer is said to be sealed', () => {
  const { lines, news } = heard();
  news.look(eventSummary({ layers: [layer(), extra('getting')] }));
  news.look(eventSummary({ layers: [layer(), extra('sealed')] }));
  expect(lines).toEqual([expect.stringContaining('core-ready'), expect.stringContaining('sealed until the publisher releases the key')]);
});

it('of the older version that stays in use nothing is said', () => {
  const { lines, news } = heard();
  news.look(eventSummary({ event: eventInfo({ version: 1, update: updating }) }));
  expect(lines).toEqual([]);
});
