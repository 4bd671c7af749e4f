// What a command says: lines rewritten in place on a terminal, JSON lines anywhere else.
import type { EventInfo, PackageSummary } from '../../contract/index.ts';
import { CliError, describeError } from './exit-codes.ts';
import { progressLines } from './progress-lines.ts';

export interface Report {
  readonly json: boolean;
  progress(summary: PackageSummary): void;
  /** A JSON line, or the text on a terminal. */
  say(line: Record<string, unknown>, text: string): void;
  /** The end by an error. @returns the exit code */
  fail(error: unknown): number;
}

/** JSON lines when asked for or when nobody looks: stdout is no terminal. */
export function openReport(asJson: boolean | undefined): Report {
  process.stdout.on('error', () => {}); // whoever read us may leave
  return asJson || !process.stdout.isTTY ? new JsonReport() : new TerminalReport();
}

/** The part of a summary that programs want, with the same names as in the contract. */
export function progressOf(s: PackageSummary): Record<string, unknown> {
  return {
    type: 'progress', name: s.name, infoHash: s.infoHash, state: s.state.kind, reason: s.state.reason,
    bytesDone: s.bytesDone, bytesTotal: s.bytesWanted, progress: s.hasMetadata ? (s.bytesWanted === 0 ? 1 : s.bytesDone / s.bytesWanted) : 0,
    fromPeople: s.fromPeople, fromServer: s.fromServer, fromLocal: s.fromLocal, uploadedBytes: s.uploadedBytes,
    downloadBytesPerSecond: s.downloadBytesPerSecond, uploadBytesPerSecond: s.uploadBytesPerSecond, etaSeconds: s.etaSeconds,
    connected: s.peers.connected, sending: s.peers.sending,
    ...(s.event ? eventProgress(s, s.event) : {}),
  };
}

function eventProgress({ layers }: PackageSummary, { version, coreReady, update }: EventInfo): Record<string, unknown> {
  return {
    version, coreReady, layers: layers.filter(({ chosen }) => chosen).map(({ id, state, bytesDone, bytesTotal }) => ({ id, state, bytesDone, bytesTotal })),
    ...(update?.state === 'getting' ? { update: { version: update.version, fetchBytes: update.fetchBytes, fetchedBytes: update.fetchedBytes, reusedBytes: update.reusedBytes } } : {}),
  };
}

const explanationOf = (error: unknown): string => (error instanceof CliError && error.explanation !== null ? `${error.explanation}\n` : '');

class JsonReport implements Report {
  readonly json = true;
  #last = '';

  progress(summary: PackageSummary): void {
    const line = JSON.stringify(progressOf(summary));
    if (line !== this.#last) process.stdout.write(`${line}\n`);
    this.#last = line;
  }

  say(line: Record<string, unknown>): void {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }

  fail(error: unknown): number {
    const { exitCode, code, message } = describeError(error);
    process.stdout.write(`${JSON.stringify({ type: 'error', code, message, ...(error instanceof CliError ? error.details : {}) })}\n`);
    process.stderr.write(`${message}\n${explanationOf(error)}`);
    return exitCode;
  }
}

class TerminalReport implements Report {
  readonly json = false;
  #drawn = 0;

  progress(summary: PackageSummary): void {
    const colours = !process.env.NO_COLOR && process.env.TERM !== 'dumb';
    const lines = progressLines(summary, process.stdout.columns || 80, colours);
    this.#clear();
    process.stdout.write(`${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }

  say(_line: Record<string, unknown>, text: string): void {
    this.#clear();
    process.stdout.write(`${text}\n`);
  }

  fail(error: unknown): number {
    const { exitCode, message } = describeError(error);
    process.stderr.write(`${message}\n${explanationOf(error)}`); // the last progress stays above it
    return exitCode;
  }

  #clear(): void {
    if (this.#drawn > 0) process.stdout.write(`\x1b[${this.#drawn}A\r\x1b[J`);
    this.#drawn = 0;
  }
}
