// Sizes, rates and times as a person writes them with their unit; anything that could mean two things is refused.
import { UsageError } from '../headless/starter.ts';

const sizeUnits: Record<string, number> = {
  B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4,
};
const rateUnits: Record<string, number> = {
  'bit/s': 1 / 8, 'kbit/s': 1e3 / 8, 'Mbit/s': 1e6 / 8, 'Gbit/s': 1e9 / 8, 'Tbit/s': 1e12 / 8,
  'B/s': 1, 'kB/s': 1e3, 'MB/s': 1e6, 'GB/s': 1e9, 'KiB/s': 1024, 'MiB/s': 1024 ** 2, 'GiB/s': 1024 ** 3,
};
const timeUnits: Record<string, number> = { s: 1, min: 60, h: 3600, d: 86_400 };

/** 4GiB -> 4294967296. @param option what the error speaks of @throws {UsageError} */
export function parseBytes(text: string, option: string): number {
  return parse(text, option, sizeUnits, 'a size like 700MB or 4GiB');
}

/** 10Mbit/s -> 1250000 bytes per second. @throws {UsageError} */
export function parseRate(text: string, option: string): number {
  return parse(text, option, rateUnits, 'a rate like 10Mbit/s or 5MB/s');
}

/** 10min -> 600 seconds. @throws {UsageError} */
export function parseTime(text: string, option: string): number {
  return parse(text, option, timeUnits, 'a time like 90s, 10min or 2h');
}

/** A count of people or things: digits alone. @throws {UsageError} */
export function parseCount(text: string, option: string, most = 1e9): number {
  const count = /^\d{1,12}$/.test(text) ? Number(text) : NaN;
  if (!(count <= most)) throw new UsageError(`${option} wants a whole number up to ${most}, not "${text.slice(0, 60)}".`);
  return count;
}

function parse(text: string, option: string, units: Record<string, number>, form: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z/]*)$/.exec(text);
  if (!match) throw new UsageError(`${option} wants ${form}, not "${text.slice(0, 60)}".`);
  const [, digits, unit] = match as unknown as [string, string, string];
  const factor = Object.hasOwn(units, unit) ? units[unit]! : null;
  if (factor === null) {
    const known = Object.keys(units).join(', ');
    throw new UsageError(`${option} ${text.slice(0, 60)}: ${unit === '' ? 'the unit is missing' : `"${unit}" is no unit that is known here, or could mean two`}. Write one of ${known}.`);
  }
  return Number(digits) * factor;
}

/** 1250000 bytes per second -> "10 Mbit/s": lines are sold in bits. */
export function formatRate(bytesPerSecond: number): string {
  let bits = bytesPerSecond * 8;
  let unit = 0;
  const units = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s', 'Pbit/s'];
  while (bits >= 999.5 && unit < units.length - 1) {
    bits /= 1000;
    unit += 1;
  }
  return `${bits >= 99.95 || Number.isInteger(bits) ? Math.round(bits) : bits.toFixed(1)} ${units[unit]}`;
}
