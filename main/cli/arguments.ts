// Reads the arguments of one command, with an error that is one sentence.
import type { ParseArgsConfig } from 'node:util';
import { parseArgs } from 'node:util';
import { UsageError } from '../headless/starter.ts';

/** `parseArgs` of Node with exactly one positional. @throws {UsageError} */
export function parseOne<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T, what: string) {
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0]!.replace(/ To specify a positional.*$/, ''));
  }
  const { values, positionals } = parsed;
  if ((values as { help?: boolean }).help) return { values, subject: '' };
  if (positionals.length === 0) throw new UsageError(`${what} is missing.`);
  if (positionals.length > 1) throw new UsageError(`One ${what} at a time: "${positionals[1]}" is one too many.`);
  return { values, subject: positionals[0]! };
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
