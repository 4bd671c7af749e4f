// Ctrl-C and other ends from outside: the first asks for an orderly stop, the second does not wait.
import { CliError, exitCodes } from './exit-codes.ts';

/** Aborts with a CliError that says what is kept. */
export function onInterruption(kept: string): AbortSignal {
  const controller = new AbortController();
  const stop = (code: 'cancelled' | 'terminated') => {
    // The core notices that its host is gone and stops by itself, so leaving at once orphans nothing.
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort(new CliError(code, kept));
  };
  process.on('SIGINT', () => stop('cancelled'));
  process.on('SIGTERM', () => stop('terminated'));
  process.on('SIGHUP', () => stop('terminated'));
  return controller.signal;
}
