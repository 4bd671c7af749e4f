// Runs one of the system's own small programs (ping, route): bounded in output and time, ended with the signal, in plain English.
import { spawn } from 'node:child_process';

const MAX_OUTPUT_CHARACTERS = 16_384;

export interface ProgramOutput { code: number | null; text: string }

/** stdout and stderr together; null when there is no such program or it may not run. Ends the program at the latest after `timeoutMs`. */
export function runSystemProgram(name: string, args: string[], timeoutMs: number, signal: AbortSignal): Promise<ProgramOutput | null> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(null);
    const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C', LANG: 'C' }, windowsHide: true });
    let text = '';
    const settle = (output: ProgramOutput | null): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(output);
    };
    const stop = (): void => {
      child.kill('SIGKILL');
    };
    const timer = setTimeout(stop, timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('latin1').on('data', (chunk: string) => {
        if (text.length < MAX_OUTPUT_CHARACTERS) text += chunk.slice(0, MAX_OUTPUT_CHARACTERS - text.length);
      });
    }
    child.once('error', () => settle(null));
    child.once('close', (code) => settle({ code, text }));
  });
}
