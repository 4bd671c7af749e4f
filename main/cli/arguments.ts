// Reads the arguments of one command, with an error that is one sentence.
import type { ParseArgsConfig } from 'node:util';
import { parseArgs } from 'node:util';
import { UsageError } from '../headless/starter.ts';
import { parseSize } from './format.ts';

/** `parseArgs` of Node with exactly one positional. @throws {UsageError} */
export function parseOne<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T, what: string) {
  const { values, positionals } = parse(args, options);
  if ((values as { help?: boolean }).help) return { values, subject: '' };
  if (positionals.length === 0) throw new UsageError(`${what} is missing.`);
  if (positionals.length > 1) throw new UsageError(`One ${what} at a time: "${positionals[1]}" is one too many.`);
  return { values, subject: positionals[0]! };
}

/** The same for a command of options alone. @throws {UsageError} */
export function parseNone<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  const { values, positionals } = parse(args, options);
  if (positionals.length > 0 && !(values as { help?: boolean }).help) throw new UsageError(`"${positionals[0]}" is one too many.`);
  return values;
}

function parse<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0]!.replace(/ To specify a positional.*$/, ''));
  }
}

/** An option without which a command makes no sense. @throws {UsageError} */
export function needed(value: string | undefined, option: string): string {
  if (value === undefined || value === '') throw new UsageError(`${option} is missing.`);
  return value;
}

/** NAME=VALUE. @throws {UsageError} */
export function pair(text: string, option: string, form: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new UsageError(`${option} wants ${form}, not "${text}".`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Trackers and web seeds as the command line names them. @throws {UsageError} */
export function checkAddresses(addresses: string[] | undefined, option: string, schemes: RegExp): string[] {
  for (const address of addresses ?? []) {
    if (!schemes.test(address) || !URL.canParse(address)) throw new UsageError(`${option} wants a complete address, not "${address}".`);
  }
  return addresses ?? [];
}

export const trackerSchemes = /^(https?|udp|wss?):\/\//i;
export const webSeedSchemes = /^https?:\/\//i;

/** A piece length in bytes. @throws {UsageError} */
export function pieceSize(text: string): number {
  const bytes = parseSize(text);
  if (bytes === null || bytes < 16 * 1024 || bytes > 64 * 1024 ** 2 || (bytes & (bytes - 1)) !== 0) {
    throw new UsageError(`--piece-size wants a power of two from 16K to 64M, not "${text}".`);
  }
  return bytes;
}
