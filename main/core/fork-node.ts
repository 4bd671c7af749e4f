// Starts the core as a child of a plain Node host.
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { coreFlags } from './core-flags.ts';
import type { CoreChild } from './supervisor.ts';

/** The core's bundle beside the caller's (dist/X/main.js -> dist/core/main.js), or its source when nothing is bundled. */
export function findCoreEntry(base: string = import.meta.url): string {
  for (const relative of ['../core/main.js', './main.ts']) {
    const path = fileURLToPath(new URL(relative, base));
    if (existsSync(path)) return path;
  }
  throw new Error('The engine is not built. Run: npm run build');
}

/** A `fork` for the supervisor. The child ends with its parent: a lost channel stops it. */
export function forkNodeCore(entry: string = findCoreEntry()): (environment: Record<string, string>) => CoreChild {
  return (environment) => {
    // A terminal sends Ctrl-C to the whole group; the core is stopped by its host with a message instead, so it stands apart.
    const child = fork(entry, [], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'json',
      execArgv: coreFlags,
      detached: process.platform !== 'win32',
    });
    const messages = new OneByOne();
    child.on('message', (message) => messages.add(message));
    child.once('exit', () => messages.flush());
    child.on('error', () => {}); // an exit follows or the channel is gone: both are seen by the supervisor
    return {
      get pid() {
        return child.pid;
      },
      send(message) {
        if (child.connected) child.send(message, () => {});
      },
      onMessage(listener) {
        messages.listener = listener;
      },
      onExit(listener) {
        child.once('exit', (code) => listener(code));
      },
      kill() {
        child.kill('SIGKILL');
      },
    };
  };
}

/**
 * Node hands on all messages that arrived together before any promise goes on: whoever awaits an answer would learn it after the event that followed it,
 * and take the older for the newer. Here each message has its turn of the loop.
 */
class OneByOne {
  listener: ((message: unknown) => void) | null = null;
  readonly #waiting: unknown[] = [];
  #next: NodeJS.Immediate | null = null;

  add(message: unknown): void {
    this.#waiting.push(message);
    this.#next ??= setImmediate(() => this.#tell());
  }

  /** There is no later: the process has ended, and what it said last counts before that. */
  flush(): void {
    if (this.#next) clearImmediate(this.#next);
    this.#next = null;
    for (const message of this.#waiting.splice(0)) this.listener?.(message);
  }

  #tell(): void {
    this.#next = null;
    const message = this.#waiting.shift();
    if (this.#waiting.length > 0) this.#next = setImmediate(() => this.#tell());
    this.listener?.(message);
  }
}
