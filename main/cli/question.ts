// Asks a person one question on a terminal; nobody is asked where there is none.
import { createInterface } from 'node:readline/promises';

/** Both ends of the conversation are a person's. */
export const canAsk = (): boolean => Boolean(process.stdin.isTTY && process.stdout.isTTY);

/** Whether the answer was yes; anything else, an empty line too, is no. @throws the signal's reason */
export async function askYes(question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C goes to the terminal's reader while it asks.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return /^\s*y(es)?\s*$/i.test(await lines.question(`${question} [y/N] `, { signal }));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}
