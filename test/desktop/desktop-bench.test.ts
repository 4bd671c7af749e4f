// `npm run bench:desktop` in its short form: its parts work and leave nothing behind. What it measures is judged by nobody here.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { leaveNothingBehind, startProgram, temporaryFolder } from '../support/processes.ts';
import { projectFolder, runtime, whyNot } from './desktop-app.ts';

const bench = path.join(projectFolder, 'test/bench/run.mjs');

describe('the desktop benchmark', () => {
  leaveNothingBehind();

  test.skipIf(!runtime)(`measures the first picture, the memory and the blocks of the main process${runtime ? '' : ` (${whyNot})`}`, async () => {
    const folder = temporaryFolder('bench');
    const program = await startProgram('bench:desktop', process.execPath, [bench, 'desktop', '--quick', '--json'], { cwd: folder });
    await program.exited; // its code says whether the goals were met, which is a matter of the machine
    expect(program.stdout, program.tail()).toMatch(/^\{/);
    const report = JSON.parse(program.stdout) as { goals: { name: string; value: string }[]; results: { start: { libraryMs: number; engineUpMs: number }; blocks: { torrents: number; main: { samples: number } } } };
    expect(report.goals.map(({ name }) => name)).toEqual([
      'window with the library / empty window', 'window without a torrent / empty window', 'memory / (empty window + core)', 'longest block of the main process, ms',
    ]);
    for (const { value } of report.goals) expect(Number(value)).toBeGreaterThan(0);
    expect(report.results.start.libraryMs).toBeGreaterThan(0);
    expect(report.results.blocks.torrents).toBeGreaterThan(0);
    expect(report.results.blocks.main.samples).toBeGreaterThan(0);
    expect(JSON.parse(readFileSync(path.join(folder, 'bench-results/desktop.json'), 'utf8'))).toEqual(report);
  });

  test('says how it is used when it does not know a word', async () => {
    const program = await startProgram('bench:desktop', process.execPath, [bench, 'desktop', 'faster'], { cwd: temporaryFolder('bench') });
    expect(await program.exited).toEqual({ code: 1, signal: null });
    expect(program.stderr).toContain('Usage: npm run bench:desktop');
  });
});
