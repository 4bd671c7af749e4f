// Real programs and temporary folders under test: started, watched, always ended by pid, and looked for afterwards.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect } from 'vitest';

// Every process and folder of this test file carries the mark, grandchildren and detached ones included.
const mark = randomUUID();
const markName = 'FLASHSWARM_TEST_MARK';
const folderPrefix = `flashswarm-test-${mark.slice(0, 8)}-`;
/** For programs that something else than `startProgram` starts: marks them as this test file's. */
export const testEnvironment: Record<string, string> = { [markName]: mark };
const running = new Set<Program>();

export interface StartOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Keeps stdin open for `write`; otherwise it is closed. */
  stdin?: boolean;
  /** How long SIGTERM may take before SIGKILL. */
  graceMs?: number;
}

/** One started program. */
export class Program {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stdout = '';
  stderr = '';
  ended = false;
  readonly #child: ChildProcess;
  readonly #graceMs: number;
  readonly #listeners = new Set<(line: string) => void>();

  constructor(name: string, child: ChildProcess, graceMs: number) {
    this.name = name;
    this.pid = child.pid!;
    this.#child = child;
    this.#graceMs = graceMs;
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) for (const listener of this.#listeners) listener(line);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.ended = true;
        running.delete(this);
        // The rest of what it said comes with 'close', which a grandchild that keeps the pipes open would put off for ever.
        const timer = setTimeout(() => {
          child.stdout?.destroy();
          child.stderr?.destroy();
          resolve({ code, signal });
        }, 1_000);
        child.once('close', () => {
          clearTimeout(timer);
          resolve({ code, signal });
        });
      });
    });
    running.add(this);
  }

  /** Calls back with each whole line of stdout from now on. */
  onLine(listener: (line: string) => void): void {
    this.#listeners.add(listener);
  }

  write(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.ended) this.#child.kill(signal);
  }

  /** SIGTERM, then SIGKILL after the grace; resolves when the process is gone. */
  async stop(): Promise<void> {
    if (this.ended) return;
    this.#child.stdin?.end();
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), this.#graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  /** The end of what it said, for messages of failed tests. */
  tail(characters = 2_000): string {
    return `--- ${this.name}, stdout\n${this.stdout.slice(-characters)}\n--- stderr\n${this.stderr.slice(-characters)}`;
  }
}

/** Starts a program; it is ended after the test at the latest. @throws Error when it cannot be started */
export async function startProgram(name: string, command: string, args: string[], options: StartOptions = {}): Promise<Program> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? os.tmpdir(),
    env: { ...process.env, ...options.env, [markName]: mark },
    stdio: [options.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.stdin?.on('error', () => {}); // it may end before it has read everything
  return new Program(name, child, options.graceMs ?? 5_000);
}

/** A folder that is removed after the test. */
export function temporaryFolder(purpose: string): string {
  return mkdtempSync(path.join(os.tmpdir(), folderPrefix + purpose + '-'));
}

/** Polls until the value is there. @throws Error with `describe()` after `withinMs` */
export async function until<T>(
  what: string, probe: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  { withinMs = 60_000, everyMs = 100, describe = () => '' }: { withinMs?: number; everyMs?: number; describe?: () => string } = {},
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${withinMs} ms\n${describe()}`);
    await sleep(everyMs);
  }
}

/** Processes of this test file that still run, as "pid command". */
export function leftoverProcesses(): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${markName}=${mark}`)) continue;
      found.push(`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200)}`);
    } catch {
      // it ended meanwhile, or is somebody else's
    }
  }
  return found;
}

/** Temporary folders of this test file that are still there. */
export function leftoverFolders(): string[] {
  return readdirSync(os.tmpdir()).filter((name) => name.startsWith(folderPrefix));
}

/** The command line of a process; empty when there is no such process. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** The pids of a process's living children. */
export function childrenOf(parent: number): number[] {
  const children: number[] = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      // "pid (command) state ppid ...": the command may hold spaces and brackets, so count from its end
      const [state, ppid] = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)\s/s, '').split(' ');
      if (Number(ppid) === parent && state !== 'Z') children.push(Number(pid));
    } catch {
      // it ended meanwhile
    }
  }
  return children;
}

/** Ends every program of the running test and removes its folders. */
export async function endEverything(): Promise<void> {
  await Promise.all([...running].map((program) => program.stop()));
  // A core whose host was killed ends by itself; its files must not vanish under it before it has.
  const end = Date.now() + 10_000;
  while (leftoverProcesses().length > 0 && Date.now() < end) await sleep(50);
  for (const name of leftoverFolders()) rmSync(path.join(os.tmpdir(), name), { recursive: true, force: true, maxRetries: 5 });
}

/** Call once at the top of a test file: ends everything after each test and fails the file when something is left. */
export function leaveNothingBehind(): void {
  // Also when vitest ends the worker early: the synchronous part is all that an exit allows.
  const onExit = () => {
    for (const program of running) process.kill(program.pid, 'SIGKILL');
    for (const name of leftoverFolders()) rmSync(path.join(os.tmpdir(), name), { recursive: true, force: true });
  };
  process.on('exit', onExit);
  afterEach(async () => {
    await endEverything();
    // Checked after each test, so that the one that leaks is the one that fails.
    const left = leftoverProcesses();
    for (const line of left) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
    expect({ processes: left, folders: leftoverFolders() }).toEqual({ processes: [], folders: [] });
  });
  afterAll(() => {
    process.off('exit', onExit);
    expect({ processes: leftoverProcesses(), folders: leftoverFolders() }).toEqual({ processes: [], folders: [] });
  });
}
