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
    child.on('error', () => {}); // an exit follows or the channel is gone: both are seen by the supervisor
    return {
      get pid() {
        return child.pid;
      },
      send(message) {
        if (child.connected) child.send(message, () => {});
      },
      onMessage(listener) {
        child.on('message', listener);
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
