// Points in time as manifests and statements write them.

const PATTERN = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:Z|[+-](\d{2}):(\d{2}))$/;

/**
 * The time in epoch ms, or null. RFC 3339 without its looseness: upper-case T and Z, no leap second, days that exist, and years from 1970 on,
 * because `Date.parse` alone takes the 30th of February and 24 o'clock.
 */
export function parseRfc3339(text: string): number | null {
  const match = text.length <= 40 ? PATTERN.exec(text) : null;
  if (!match) return null;
  const [year, month, day, hour, minute, second, offsetHour = 0, offsetMinute = 0] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number, number, number, number, number];
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null;
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return null;
  const time = Date.parse(text);
  return Number.isFinite(time) && time >= 0 ? time : null;
}
