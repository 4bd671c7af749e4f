// What `npm test` makes of parts that run side by side: sums, an exit code, and an end to everything when it is told to end.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../../support/temp-folder.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Run { child: ChildProcess; temporary: string; output(): string; ended: Promise<number | null> }

/** `npm test` in a small project with these test files. */
function start(files: Record<string, string>, parts: string[]): Run {
  const project = tempFolder('project');
  const temporary = tempFolder('temporary');
  cpSync(path.join(root, 'scripts'), path.join(project, 'scripts'), { recursive: true });
  cpSync(path.join(root, 'package-lock.json'), path.join(project, 'package-lock.json'));
  symlinkSync(path.join(root, 'node_modules'), path.join(project, 'node_modules'));
  const names = ['unit', 'integration', 'lab', 'e2e', 'desktop'].map((name) => ({ test: { name, include: [`test/${name}/**/*.test.ts`] } }));
  writeFileSync(path.join(project, 'package.json'), '{ "type": "module" }');
  writeFileSync(path.join(project, 'vitest.config.ts'), `export default { cacheDir: ${JSON.stringify(path.join(temporary, 'cache'))}, test: { projects: ${JSON.stringify(names)} } };\n`);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(project, 'test', name)), { recursive: true });
    writeFileSync(path.join(project, 'test', name), text);
  }
  // As from a shell: what this run of vitest tells its own children is none of the other's business.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV$|NODE_OPTIONS$|TEST$)/.test(name)));
  const child = spawn(process.execPath, [path.join(project, 'scripts/test.mjs'), ...parts], { cwd: project, env: { ...env, TMPDIR: temporary }, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return { child, temporary, output: () => said, ended: once(child, 'close').then(([code]) => code as number | null) };
}

const passing = "import { test } from 'vitest'; test('holds', () => {});";
const failing = "import { expect, test } from 'vitest'; test('does not hold', () => { expect(1).toBe(2); });";
const skipping = "import { test } from 'vitest'; test.skip('is for another day', () => {});";

/** Starts a program that stands apart, as cores do, and another one inside of it; then waits for ever. */
const waiting = (file: string): string => `
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'vitest';
test('waits', { timeout: 600_000 }, async () => {
  mkdtempSync(tmpdir() + '/left-behind-');
  const child = spawn('/bin/sh', ['-c', 'trap "" TERM; sleep 1000 & echo $! > ${file}.inner; wait; wait'], { detached: true, stdio: 'ignore' });
  writeFileSync(${JSON.stringify(file)}, String(child.pid));
  await new Promise(() => setInterval(() => {}, 1000));
});`;

const isRunning = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

describe('a run of the tests', { timeout: 120_000 }, () => {
  test('adds up what its parts say, tells their lines apart, and fails when one of them does', async () => {
    const { output, ended } = start({ 'unit/a.test.ts': passing, 'unit/b.test.ts': failing, 'lab/c.test.ts': passing, 'lab/d.test.ts': skipping }, ['unit', 'lab']);
    expect([await ended, output().trimEnd().split('\n').at(-1)], output()).toEqual([1, '2 passed, 1 failed, 1 skipped']);
    for (const part of ['unit', 'lab']) expect(output()).toMatch(new RegExp(`^${part} +\\| .*test/${part}/`, 'm'));
    expect(output()).toMatch(/^Failed:\n {2}- test\/unit\/b\.test\.ts: does not hold$/m);
  });

  test('succeeds when all parts do, and shows a single one as vitest does', async () => {
    const { output, ended } = start({ 'unit/a.test.ts': passing, 'lab/b.test.ts': failing }, ['unit']);
    expect([await ended, output().trimEnd().split('\n').at(-1)], output()).toEqual([0, '1 passed, 0 failed, 0 skipped']);
    expect(output()).not.toContain('unit        |');
  });

  test.skipIf(process.platform !== 'linux')('ends everything that its tests had started when it is told to end', async () => {
    const folder = tempFolder('pids');
    const files = ['unit', 'lab'].map((part) => path.join(folder, part));
    const { child, temporary, output, ended } = start(Object.fromEntries(files.map((file) => [`${path.basename(file)}/a.test.ts`, waiting(file)])), ['unit', 'lab']);
    const pidFiles = files.flatMap((file) => [file, `${file}.inner`]);
    while (!pidFiles.every((file) => existsSync(file) && readFileSync(file, 'utf8') !== '')) {
      expect(child.exitCode, output()).toBeNull();
      await sleep(50);
    }
    const pids = pidFiles.map((file) => Number(readFileSync(file, 'utf8')));
    expect(pids.map(isRunning)).toEqual([true, true, true, true]);
    child.kill('SIGTERM');
    expect(await ended, output()).toBe(143);
    expect(pids.map(isRunning)).toEqual([false, false, false, false]);
    expect(readdirSync(temporary).filter((name) => name !== 'cache')).toEqual([]);
  });
});
