// Starts the core as a utility process: the `fork` that the supervisor wants, in the desktop.
import path from 'node:path';
import { utilityProcess } from 'electron';
import { coreFlags } from '../core/core-flags.ts';
import type { CoreChild } from '../core/supervisor.ts';

/** @param entry the core's bundle */
export function forkCore(entry: string = path.join(__dirname, '../core/main.js')): (environment: Record<string, string>) => CoreChild {
  return (environment) => {
    const child = utilityProcess.fork(entry, [], {
      serviceName: 'Flashswarm core',
      execArgv: coreFlags,
      env: { ...process.env, ...environment } as Record<string, string>,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    let hasEnded = false;
    child.once('exit', () => {
      hasEnded = true;
    });
    return {
      get pid() {
        return child.pid;
      },
      send(message) {
        if (!hasEnded) child.postMessage(message);
      },
      onMessage(listener) {
        child.on('message', listener);
      },
      onExit(listener) {
        child.once('exit', (code: number | null) => listener(code));
      },
      kill() {
        // child.kill() asks politely (SIGTERM), and a hung core does not listen.
        if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
        else child.kill();
      },
    };
  };
}
