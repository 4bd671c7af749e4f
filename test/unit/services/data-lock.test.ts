// One core alone works in a data folder, and a killed one leaves it free.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataFolder } from '../../../main/services/data-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flashswarm-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('data folder lock', () => {
  it('is held by one process, refused to another, and free after a kill', async () => {
    const module = new URL('../../../main/services/data-lock.ts', import.meta.url).href;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e',
      `const {lockDataFolder} = await import(${JSON.stringify(module)}); lockDataFolder(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000);`]);
    await once(child.stdout, 'data');
    expect(() => lockDataFolder(folder)).toThrow(/Another Flashswarm is using/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockDataFolder(folder).release();
  }, 30_000);
});
