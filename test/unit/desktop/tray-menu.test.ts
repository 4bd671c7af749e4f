// The words of the tray: what the pointer tells, and what can be chosen.
import { describe, expect, it } from 'vitest';
import { trayMenu, trayTooltip } from '../../../main/desktop/tray-menu.ts';
import { trayView } from '../../../main/desktop/tray-state.ts';
import { rateWord } from '../../../main/desktop/words.ts';
import { stateOf, summaryOf } from '../../support/fake-world.ts';

const one = (kind: 'downloading' | 'seeding' | 'paused' | 'problem', name = 'Match', id = 'a') => ({
  ...summaryOf(1, { name, size: 1000, done: 0.625, state: stateOf(kind, kind === 'paused' ? 'by-user' : 'going') }), id, completedAt: kind === 'seeding' ? 5 : null, paused: kind === 'paused',
});
const view = (packages: ReturnType<typeof one>[], down = 0, up = 0) => trayView({ packages, totals: { downloadBytesPerSecond: down, uploadBytesPerSecond: up, turtleActive: false }, turtleOn: true });

describe('the tooltip', () => {
  it.each([
    [[], 0, 'Flashswarm'],
    [[one('downloading')], 1_250_000, 'Getting one package, 62 %\n1.3 MB/s down, 0 KB/s up'],
    [[one('downloading'), one('downloading')], 0, 'Getting 2 packages, 62 %'],
    [[{ ...one('downloading'), bytesWanted: 0, bytesDone: 0 }], 0, 'Getting one package'],
    [[one('seeding')], 0, 'Sharing one package'],
    [[one('problem'), one('downloading')], 0, 'One package needs you'],
    [[one('paused')], 0, 'Flashswarm is paused'],
  ])('%#', (packages, down, text) => expect(trayTooltip(view(packages, down))).toBe(text));
});

describe('the menu', () => {
  const labels = (items: ReturnType<typeof trayMenu>) => items.map((item) => (item === 'line' ? '-' : item.label));

  it('opens, adds, pauses and resumes all, slows down, shows the newest, quits', () => {
    const items = trayMenu(view([one('downloading'), one('seeding', 'Patch', 'b')]));
    expect(labels(items)).toEqual(['Open Flashswarm', 'Add...', '-', 'Pause all', 'Resume all', 'Slow mode', '-', 'Match, 62 %', 'Patch', '-', 'Quit']);
    expect(items[3]).toMatchObject({ action: { do: 'pause', ids: ['a', 'b'] } });
    expect(items[4]).toMatchObject({ action: null });
    expect(items[5]).toMatchObject({ checked: true });
    expect(items[7]).toMatchObject({ action: { do: 'show', id: 'a' } });
  });

  it('tells no share of what has no size yet', () => {
    const [fetched] = trayView({ packages: [{ ...one('downloading'), bytesWanted: 0, bytesDone: 0 }], totals: null, turtleOn: false }).newest;
    expect(fetched).toMatchObject({ progress: null });
    expect(labels(trayMenu(view([{ ...one('downloading'), bytesWanted: 0, bytesDone: 0 }])))).toContain('Match');
  });

  it('has nothing of the newest where there is none', () => {
    expect(labels(trayMenu(view([])))).toEqual(['Open Flashswarm', 'Add...', '-', 'Pause all', 'Resume all', 'Slow mode', '-', 'Quit']);
  });

  it('shows hostile names short, on one line and turned around by nothing', () => {
    const [shown] = trayMenu(view([one('seeding', `Tom & Jerry\n\u202egpj.exe ${'x'.repeat(100)}`)])).filter((item) => item !== 'line' && item.action?.do === 'show');
    expect(shown).toMatchObject({ label: expect.stringMatching(/^Tom && Jerry {2}gpj\.exe x{17,18}…$/) });
  });
});

it.each([[0, '0 KB/s'], [999, '0 KB/s'], [1000, '1 KB/s'], [999_499, '999 KB/s'], [1_234_567, '1.2 MB/s'], [23_400_000, '23 MB/s'], [1.5e9, '1.5 GB/s']])('%i is written %s', (rate, text) => {
  expect(rateWord(rate)).toBe(text);
});
