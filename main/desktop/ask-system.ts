// Asks a program of the system for a short answer, within bounds.
import { execFile } from 'node:child_process';

/** Runs a program of the system. @returns what it printed; null when it is not there, fails or takes too long */
export type Ask = (program: string, args: string[], withinMs?: number) => Promise<string | null>;

const WITHIN_MS = 5000;
const MAX_ANSWER_BYTES = 4096;

export const askSystem: Ask = (program, args, withinMs = WITHIN_MS) => new Promise((resolve) => {
  execFile(program, args, { timeout: withinMs, maxBuffer: MAX_ANSWER_BYTES, windowsHide: true }, (error, answer) => resolve(error ? null : answer));
});
