// What the system's own ping can tell without rights of an administrator: routers on the way, round trips, and whether packets of a size pass whole.
import { isIP } from 'node:net';
import type { IpFamily } from './check-types.ts';
import { runSystemProgram } from './system-program.ts';

/** `address`: the router that answered; `arrived`: the destination itself; `silent`: nobody answered. */
export type Hop = { kind: 'router'; address: string } | { kind: 'arrived' } | { kind: 'silent' };

export interface WholePing { passed: boolean; hintedMtu: number | null }

type Platform = 'linux' | 'darwin' | 'win32';
const WAIT_SECONDS = 1;
const TIMEOUT_MS = 2_500;

const platformOf = (platform: NodeJS.Platform): Platform => (platform === 'win32' ? 'win32' : platform === 'darwin' ? 'darwin' : 'linux');
const familyOf = (address: string): IpFamily => (isIP(address) === 6 ? 6 : 4);
const programFor = (platform: Platform, family: IpFamily): string => (platform === 'darwin' && family === 6 ? 'ping6' : 'ping');

/** The router that a packet with this time to live ends at; null when there is no ping here. */
export async function hopAt(target: string, ttl: number, signal: AbortSignal): Promise<Hop | null> {
  const platform = platformOf(process.platform);
  const args = platform === 'win32' ? ['-n', '1', '-w', String(WAIT_SECONDS * 1000), '-i', String(ttl), target]
    : platform === 'darwin' ? ['-n', '-c', '1', ...(familyOf(target) === 4 ? ['-t', String(WAIT_SECONDS), '-m', String(ttl)] : ['-h', String(ttl)]), target]
      : ['-n', '-c', '1', '-W', String(WAIT_SECONDS), '-t', String(ttl), target];
  const output = await runSystemProgram(programFor(platform, familyOf(target)), args, TIMEOUT_MS, signal);
  return output === null ? null : parseHop(output.text, platform);
}

/** Round trips in milliseconds, at most `count`; null when there is no ping here. Those that were lost are missing. */
export async function pingTimes(target: string, count: number, intervalMs: number, signal: AbortSignal): Promise<number[] | null> {
  const platform = platformOf(process.platform);
  const seconds = (Math.max(200, intervalMs) / 1000).toFixed(1); // less is for administrators only
  const args = platform === 'win32' ? ['-n', String(count), '-w', '1000', target]
    : ['-n', '-c', String(count), '-i', seconds, ...(platform === 'linux' ? ['-W', String(WAIT_SECONDS)] : []), target];
  const output = await runSystemProgram(programFor(platform, familyOf(target)), args, count * Math.max(platform === 'win32' ? 1_000 : 200, intervalMs) + TIMEOUT_MS, signal);
  return output === null ? null : parsePingTimes(output.text).slice(0, count);
}

/** Whether a packet of `mtu` bytes passes in one piece; null when there is no ping here. */
export async function pingWhole(target: string, mtu: number, signal: AbortSignal): Promise<WholePing | null> {
  const platform = platformOf(process.platform);
  const family = familyOf(target);
  const size = String(mtu - (family === 4 ? 28 : 48));
  const args = platform === 'win32' ? ['-n', '1', '-w', '1000', ...(family === 4 ? ['-f'] : []), '-l', size, target]
    : platform === 'darwin' ? ['-n', '-c', '1', ...(family === 4 ? ['-t', '1'] : []), '-D', '-s', size, target]
      : ['-n', '-c', '1', '-W', '1', '-M', 'do', '-s', size, target];
  const output = await runSystemProgram(programFor(platform, family), args, TIMEOUT_MS, signal);
  return output === null ? null : parseWholePing(output);
}

/** Reads the output of ping on Linux (iputils, BusyBox), macOS and Windows in any language. */
export function parseHop(text: string, platform: Platform): Hop {
  for (const line of text.slice(0, 16_384).split(/\r?\n/, 64)) {
    if (line.length > 300) continue;
    if (platform === 'win32') {
      if (/\bTTL=\d+/.test(line) || /<1ms|=\d+ms/.test(line)) return { kind: 'arrived' };
      const from = /\s([0-9a-f.:]{3,45}?):\s/i.exec(line)?.[1];
      if (from !== undefined && isIP(from) !== 0) return { kind: 'router', address: from };
    } else {
      if (/bytes from .*\bttl=\d+|bytes from .*hlim=\d+/i.test(line)) return { kind: 'arrived' };
      const from = /\bfrom ([0-9a-f.:]{2,45}?)(?:%\w+)?:?[ ,].*exceeded/i.exec(line)?.[1];
      if (from !== undefined && isIP(from) !== 0) return { kind: 'router', address: from };
    }
  }
  return { kind: 'silent' };
}

export function parsePingTimes(text: string): number[] {
  const found = text.slice(0, 16_384).matchAll(/[=<](\d{1,5}(?:[.,]\d{1,3})?) ?ms\b/g);
  return [...found].map((match) => Number(match[1]!.replace(',', '.'))).slice(0, 200);
}

export function parseWholePing({ code, text }: { code: number | null; text: string }): WholePing {
  const hinted = Number(/\bmtu ?= ?(\d{2,5})\b/i.exec(text)?.[1] ?? 0);
  return { passed: code === 0 && /\bttl=|\bhlim=|=\d+ms|<1ms/i.test(text), hintedMtu: hinted >= 68 && hinted <= 65_535 ? hinted : null };
}
