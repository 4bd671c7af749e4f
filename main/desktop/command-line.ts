// Reads the command line: options of this instance, and what the system or the user asked to open.
import path from 'node:path';
import { labelOf } from '../../contract/openable.ts';
import { readOpenRequest } from './open-request.ts';
import type { OpenRequest } from './open-request.ts';

export interface DesktopOptions {
  dataDir: string | null;
  downloadDir: string | null;
  allowPrivate: boolean;
  /** Starts in the tray, without a window (as at login). */
  hidden: boolean;
  /** What goes before the stored settings, under their names in the contract. */
  settings: Record<string, unknown>;
}

export interface CommandLine { options: DesktopOptions; requests: OpenRequest[] }

const MAX_REQUESTS = 100;
// Also those of the headless host, so that a command that was written for it is understood.
const WITH_VALUE = new Set(['--data-dir', '--download-dir', '--listen', '--port', '--host', '--allow-dir']);

/**
 * The arguments behind the program's own name: behind `electron [switches] app` while it is not packaged.
 * @param argv `process.argv` of this process; never the vector of the `second-instance` event, into which Chromium puts switches of its own
 */
export function ownArguments(argv: readonly string[], isPackaged: boolean): string[] {
  if (isPackaged) return argv.slice(1);
  const app = argv.findIndex((argument, index) => index > 0 && !argument.startsWith('-'));
  return app < 0 ? [] : argv.slice(app + 1);
}

/**
 * Options come first; from the first link or file on there is nothing but links and files. An option behind one was put there by whoever made
 * the link, so that nothing at all is opened and no option counts that came with it.
 * @param folder where relative paths start
 */
export function readCommandLine(args: readonly string[], folder: string): CommandLine {
  const options: DesktopOptions = { dataDir: null, downloadDir: null, allowPrivate: false, hidden: false, settings: {} };
  let at = 0;
  for (; at < args.length; at++) {
    const argument = args[at]!;
    if (argument === '--' || !argument.startsWith('-')) break;
    const equals = argument.indexOf('=');
    const name = equals < 0 ? argument : argument.slice(0, equals);
    const takesNext = WITH_VALUE.has(name) && equals < 0;
    applyOption(options, name, takesNext ? args[at + 1] : argument.slice(equals + 1), folder);
    if (takesNext) at++;
  }
  if (args[at] === '--') at++;
  const asked = args.slice(at);
  const option = asked.find((argument) => argument.startsWith('-'));
  if (option !== undefined) {
    return { options, requests: [{ kind: 'refused', label: labelOf(option), message: 'Something tried to pass an option to Flashswarm behind a link. Nothing of it was opened.' }] };
  }
  return { options, requests: asked.slice(0, MAX_REQUESTS).map((text) => readOpenRequest(text, folder)) };
}

/** Chromium's own options and unknown ones are left alone. */
function applyOption(options: DesktopOptions, name: string, value: string | undefined, folder: string): void {
  if (name === '--no-dht') options.settings['dht'] = false;
  else if (name === '--no-port-mapping') options.settings['portMapping'] = false;
  else if (name === '--allow-private') options.allowPrivate = true;
  else if (name === '--hidden') options.hidden = true;
  else if (value === undefined || value === '') return;
  else if (name === '--data-dir') options.dataDir = path.resolve(folder, value);
  else if (name === '--download-dir') options.downloadDir = path.resolve(folder, value);
  else if (name === '--listen' && /^\d{1,5}$/.test(value) && Number(value) <= 65_535) options.settings['listenPort'] = Number(value);
}

/**
 * What a second start hands to the first one. Electron's way from one to the other (seen in 22, on Linux) loses data in which a blank or a line break
 * stands beside a zero byte, such as a list of nine to thirteen arguments or a Cyrillic path with a blank: so it is one line of plain ASCII.
 */
export function handOver(args: readonly string[], folder: string): { handed: string } {
  const text = JSON.stringify({ args, folder });
  return { handed: text.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`) };
}

/** Reads what `handOver` made; null when it is nothing that this program could have said. */
export function readHandedOver(data: unknown): { args: string[]; folder: string } | null {
  const handed = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)['handed'] : null;
  if (typeof handed !== 'string') return null;
  let said: unknown;
  try {
    said = JSON.parse(handed);
  } catch {
    return null;
  }
  if (typeof said !== 'object' || said === null) return null;
  const { args, folder } = said as Record<string, unknown>;
  if (!Array.isArray(args) || args.length > 2 * MAX_REQUESTS || !args.every((one) => typeof one === 'string') || typeof folder !== 'string' || !path.isAbsolute(folder)) return null;
  return { args, folder };
}
