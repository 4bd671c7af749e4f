// Reads and writes the headers that save a second download: ETag, Last-Modified, Cache-Control, Retry-After (RFC 9110, 9111).
import type { IncomingHttpHeaders } from 'node:http';

/** What an earlier answer was marked with, to be asked about again. */
export interface Conditional { etag: string | null; lastModified: string | null }

export interface Freshness {
  /** As it was sent, when it is a well-formed ETag of a sane length. */
  etag: string | null;
  lastModified: string | null;
  /** How long the answer stays fresh from now, 0 to 86,400; null when the server does not say. */
  maxAgeSeconds: number | null;
  /** How long the server asks to wait, up to 86,400; null when it does not. */
  retryAfterSeconds: number | null;
}

type Headers = IncomingHttpHeaders;

const MAX_SECONDS = 86_400;
const MAX_ETAG_CHARACTERS = 512;
const MAX_DATE_CHARACTERS = 64;

export function headerOf(headers: Headers, name: string): string | null {
  const value = headers[name];
  return Array.isArray(value) ? value[0] ?? null : value ?? null;
}

/** Request headers; what is not well-formed is left out, so that nothing stored can smuggle a header in. */
export function conditionalHeaders(conditional: Conditional | undefined): Record<string, string> {
  const etag = checkedEtag(conditional?.etag ?? null);
  const lastModified = checkedDate(conditional?.lastModified ?? null);
  return { ...(etag !== null && { 'if-none-match': etag }), ...(lastModified !== null && { 'if-modified-since': lastModified }) };
}

export function freshness(headers: Headers): Freshness {
  return {
    etag: checkedEtag(headerOf(headers, 'etag')),
    lastModified: checkedDate(headerOf(headers, 'last-modified')),
    maxAgeSeconds: maxAgeSeconds(headers),
    retryAfterSeconds: retryAfterSeconds(headers),
  };
}

/** Retry-After as seconds or as a date; the server's own clock counts where it tells it. */
export function retryAfterSeconds(headers: Headers, now = Date.now()): number | null {
  const value = headerOf(headers, 'retry-after')?.trim() ?? '';
  if (/^\d{1,12}$/.test(value)) return bounded(Number(value)) || null;
  const date = checkedDate(value);
  if (date === null) return null;
  const serverNow = checkedDate(headerOf(headers, 'date'));
  return bounded((Date.parse(date) - (serverNow === null ? now : Date.parse(serverNow))) / 1000) || null;
}

// What a cache on the way has already used up (Age) is taken off.
function maxAgeSeconds(headers: Headers): number | null {
  const directives = (headerOf(headers, 'cache-control') ?? '').slice(0, 1024).toLowerCase().split(',').map((one) => one.trim());
  if (directives.includes('no-store') || directives.includes('no-cache')) return 0;
  const seconds = directives.map((one) => /^max-age="?(\d{1,12})"?$/.exec(one)?.[1]).find((found) => found !== undefined);
  if (seconds === undefined) return null;
  const age = /^\d{1,12}$/.exec(headerOf(headers, 'age')?.trim() ?? '')?.[0] ?? '0';
  return bounded(Number(seconds) - Number(age));
}

function bounded(seconds: number): number {
  return Math.min(Math.max(0, seconds), MAX_SECONDS);
}

function checkedEtag(value: string | null): string | null {
  return value !== null && value.length <= MAX_ETAG_CHARACTERS && /^(W\/)?"[\x21\x23-\x7e]*"$/.test(value) ? value : null;
}

function checkedDate(value: string | null): string | null {
  if (value === null || value.length > MAX_DATE_CHARACTERS || !/^[\x20-\x7e]+$/.test(value)) return null;
  // Some day of some month with a time: `Date.parse` alone would take "1" for a year.
  return /\d\d:\d\d:\d\d/.test(value) && Number.isFinite(Date.parse(value)) ? value : null;
}
