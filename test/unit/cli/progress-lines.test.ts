// The progress display of a terminal.
import { describe, expect, it } from 'vitest';
import type { PackageSummary } from '../../../contract/index.ts';
import { progressBar, progressLines } from '../../../main/cli/progress-lines.ts';
import { eventInfo, eventSummary, layer, updating } from './package-parts.ts';

const summary = (change: Partial<PackageSummary>, state: Partial<PackageSummary['state']> = {}): PackageSummary => ({
  id: 'x', name: 'A film', infoHash: '0'.repeat(40), signature: 'unsigned', event: null, layers: [], hasMetadata: true, addedAt: 0, completedAt: null,
  state: { kind: 'downloading', reason: 'going', sinceMs: 0, sending: 1, connected: 1, limitBytesPerSecond: null, retryAt: null, missingBytes: null, progress: null, message: null, ...state },
  bytesTotal: 1e9, bytesWanted: 1e9, bytesDone: 42e7, fromLocal: 0, fromPeople: 42e7, fromServer: 0, uploadedBytes: 0, ratio: 0,
  downloadBytesPerSecond: 12_300_000, uploadBytesPerSecond: 0, etaSeconds: 47, peers: { connected: 5, known: 9, sending: 3, receiving: 0, complete: 2 }, firstPieceMs: 10,
  bar: { local: [], people: [], server: [], copies: [] }, queuePosition: 0, order: 'rarest', paused: false, folder: '/x', fileCount: 1,
  limits: { downBytesPerSecond: null, upBytesPerSecond: null, uploadSlots: null, serverBytesPerSecond: null }, serverUse: null, seedingGoal: null, ...change,
});

describe('the bar', () => {
  it('is layered by where the bytes came from', () => {
    const bar = { people: [1, 0, 0, 0], server: [0, 1, 0, 0.2], local: [0, 0, 1, 0.1], copies: [] };
    expect(progressBar(bar, 4, false)).toBe('█▓▒░');
    expect(progressBar(bar, 8, false)).toBe('██▓▓▒▒░░');
    expect(progressBar(bar, 4, true)).toBe('\x1b[36m█\x1b[35m▓\x1b[90m▒\x1b[0m░\x1b[0m');
  });
  it('is empty before there is anything to show', () => expect(progressBar({ people: [], server: [], local: [], copies: [] }, 3, false)).toBe('░░░'));
});

describe('the lines', () => {
  it('say how far, how fast, how long and with whom', () => {
    const [first, second] = progressLines(summary({}), 100, false);
    expect(first).toBe('A film  Downloading');
    expect(second).toMatch(/^░+ {2}42 % of 1\.0 GB {2}12\.3 MB\/s {2}0:47 left {2}5 people$/);
  });
  it('never pass the edge of the terminal, whatever a name holds', () => {
    for (const columns of [20, 40, 80]) {
      for (const line of progressLines(summary({ name: `${'long name '.repeat(40)}\x1b[31m` }, { kind: 'problem', reason: 'internal', message: 'm'.repeat(300) }), columns, false)) {
        expect([...line].length).toBeLessThan(columns);
        expect(line).not.toContain('\x1b');
      }
    }
  });
  it('never round up to 100 % before the last byte', () => {
    expect(progressLines(summary({ bytesDone: 1e9 - 1 }), 100, false)[1]).toContain('99 %');
  });
});

describe('the lines of a package', () => {
  it('show each chosen layer, and none when there is one alone', () => {
    const layers = [layer(), layer({ id: 'extra', title: 'Music', state: 'getting', bytesDone: 420 }), layer({ id: 'more', chosen: false, state: 'left-out' })];
    const lines = progressLines(eventSummary({ layers, bytesDone: 500 }, { kind: 'downloading', reason: 'core-ready' }), 100, false);
    expect(lines[0]).toBe('The Game  Core ready; getting the rest');
    expect(lines.slice(2)).toEqual(['  100 %  Core, ready', '   42 %  Music']);
    expect(progressLines(eventSummary({}, { kind: 'downloading', reason: 'going' }), 100, false)).toHaveLength(2);
  });
  it('stay few when a live package has thousands of segments', () => {
    const layers = Array.from({ length: 3000 }, (_, at) => layer({ id: `s${at}`, title: `Segment ${at}`, state: at < 2000 ? 'ready' : 'waiting', bytesDone: 0 }));
    const lines = progressLines(eventSummary({ layers, bytesDone: 500 }, { kind: 'downloading', reason: 'going' }), 60, false);
    expect(lines.length).toBeLessThanOrEqual(11);
    expect(lines.at(-1)).toBe('  2000 of 3000 parts are ready');
    for (const text of lines) expect([...text].length).toBeLessThan(60);
  });
  it('say how far a newer version is, and when a complete one opens', () => {
    const lines = progressLines(eventSummary({ event: eventInfo({ version: 1, update: updating }) }, { kind: 'downloading', reason: 'updating' }), 100, false);
    expect(lines[0]).toBe('The Game  Getting version 2');
    expect(lines[1]).toContain('50 % of 500 B');
    expect(progressLines(eventSummary({}, { reason: 'opens-later', retryAt: Date.UTC(2026, 11, 1, 18) }), 100, false)[0]).toContain('opens at 2026-12-01 18:00 UTC');
    expect(progressLines(eventSummary({}, { reason: 'sealed' }), 100, false)[0]).toContain('sealed');
  });
});
