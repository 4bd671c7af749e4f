// Numbers, sizes, speeds and times as words, in one place.
import { text } from './i18n.ts';

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;
const formats = new Map<number, Intl.NumberFormat>();

/** A number with a fixed count of decimals, so that its width does not jump. */
export function formatNumber(value: number, decimals = 0): string {
  let format = formats.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formats.set(decimals, format);
  }
  return format.format(value);
}

/** A size in decimal units as systems and shops write it: 999 B, 1.2 GB, 62 MB. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const decimals = unit > 0 && value < 9.95 ? 1 : 0;
  return `${formatNumber(value, decimals)} ${UNITS[unit]}`;
}

/** A size in binary units, as pieces of a torrent have it: 256 KiB, 16 MiB. */
export function formatBinary(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${formatNumber(bytes / 1024)} KiB` : `${formatNumber(bytes / 1024 / 1024)} MiB`;
}

/** A speed; under one kilobyte a second it is nothing to speak of and is written as 0. */
export function formatRate(bytesPerSecond: number): string {
  if (bytesPerSecond < 1000) return '0 KB/s';
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** A share as a whole percentage; never 100 before everything is there, never 0 once something is. */
export function formatPercent(share: number): string {
  const percent = share >= 1 ? 100 : Math.min(99, Math.floor(share * 100));
  return `${percent} %`;
}

/** What share of the wanted bytes is there, 0..1; nothing wanted counts as nothing. */
export const shareOf = (done: number, wanted: number): number => (wanted > 0 ? Math.min(1, done / wanted) : 0);

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** A time that is left, roughly: "about 3 min". Empty when it is not known or too far away to mean anything. */
export function formatAbout(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '';
  if (seconds < 10) return text('time.seconds');
  if (seconds < MINUTE) return text('time.underMinute');
  if (seconds < 90 * MINUTE) return text('time.aboutMinutes', { count: Math.round(seconds / MINUTE) });
  if (seconds < 36 * HOUR) return text('time.aboutHours', { count: Math.round(seconds / HOUR) });
  if (seconds < 100 * DAY) return text('time.aboutDays', { count: Math.round(seconds / DAY) });
  return '';
}

/** A countdown: 0:42, 12:05. */
export function formatCountdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** How long something goes on, short: 12 s, 5 min, 3 h. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < MINUTE) return text('time.s', { count: seconds });
  if (seconds < HOUR) return text('time.min', { count: Math.floor(seconds / MINUTE) });
  if (seconds < 2 * DAY) return text('time.h', { count: Math.floor(seconds / HOUR) });
  return text('time.days', { count: Math.floor(seconds / DAY) });
}

/** A ratio of given to received: 1.4. */
export const formatRatio = (ratio: number): string => formatNumber(ratio, ratio < 10 ? 1 : 0);

/** A day and time, in the reader's own time zone. */
export function formatDate(epochMs: number): string {
  return dates.format(epochMs);
}

const dates = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
const days = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const daysOfThisYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const clocks = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clocksToSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const months = new Intl.DateTimeFormat('en-GB', { month: 'long' });
const monthsOfYears = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric' });

/** Whole days of the calendar between two moments, in the reader's own time zone. */
function daysBetween(from: number, to: number): number {
  const midnight = (epochMs: number): number => new Date(epochMs).setHours(0, 0, 0, 0);
  return Math.round((midnight(to) - midnight(from)) / (DAY * 1000));
}

const sameYear = (a: number, b: number): boolean => new Date(a).getFullYear() === new Date(b).getFullYear();

/** A day of the past or future: 24 Dec 2026. */
export const formatDay = (epochMs: number): string => days.format(epochMs);

/** A day without its year: 24 Dec. */
export const formatDayShort = (epochMs: number): string => daysOfThisYear.format(epochMs);

/** A time of day in the reader's own time zone: 18:00, 18:00:41. */
export const formatClock = (epochMs: number, seconds = false): string => (seconds ? clocksToSeconds : clocks).format(epochMs);

/** A moment as part of a sentence: "today at 18:00", "tomorrow at 18:00", "on 24 Dec, 18:00". */
export function formatMoment(epochMs: number, now: number): string {
  const clock = clocks.format(epochMs);
  const away = daysBetween(now, epochMs);
  if (away === 0) return text('time.today', { clock });
  if (away === 1) return text('time.tomorrow', { clock });
  return text('time.onDay', { day: (sameYear(epochMs, now) ? daysOfThisYear : days).format(epochMs), clock });
}

/** Since when, as part of a sentence: "since today", "since May", "since May 2025". */
export function formatSince(epochMs: number, now: number): string {
  if (daysBetween(epochMs, now) <= 0) return text('time.sinceToday');
  return text('time.since', { when: (sameYear(epochMs, now) ? months : monthsOfYears).format(epochMs) });
}

/** Two sizes in the unit of the larger: 0.4 of 1.1 MB. */
export function formatOf(done: number, total: number): string {
  const whole = formatBytes(total);
  const [figure = '', unit = ''] = whole.split(' ');
  const scale = 1000 ** UNITS.indexOf(unit as (typeof UNITS)[number]);
  const part = formatNumber(Math.min(Math.max(0, done), total) / scale, figure.includes('.') ? 1 : 0);
  return text('size.of', { done: part, total: whole });
}

/** Hex digits in groups of four, to compare by eye. */
export const groupHex = (hex: string): string => hex.match(/.{1,4}/g)?.join(' ') ?? '';

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });

/** Countries by their codes (ISO 3166-1 alpha-2): "Germany, Austria". */
export function formatRegions(codes: readonly string[]): string {
  return codes.map((code) => (/^[a-z]{2}$/i.test(code) ? regions.of(code.toUpperCase()) ?? code : code)).join(', ');
}

/** Minutes of a day as the value of a time box: 18:00. */
export const minutesToClock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** The minutes of the day of a time box; null when it is empty. */
export function clockToMinutes(clock: string): number | null {
  const match = /^(\d{2}):(\d{2})/.exec(clock);
  return match ? Number(match[1]) * 60 + Number(match[2]) : null;
}
