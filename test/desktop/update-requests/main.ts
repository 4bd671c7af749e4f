// A program that does nothing but fetch as updates are fetched, and prints what came of it; started by program-update.test.ts in a real Electron.
import path from 'node:path';
import { app, session } from 'electron';
import { electronGet } from '../../../main/desktop/updates/electron-get.ts';
import { fetchFile, fetchSmall } from '../../../main/desktop/updates/web-get.ts';

const { BASE = '', SHA512 = '', SIZE = '', FOLDER = '' } = process.env;
const stopped = new AbortController();

const wishes: Record<string, () => Promise<unknown>> = {
  small: async () => (await fetchSmall(electronGet, new URL('/small', BASE), 1000)).toString(),
  redirected: async () => (await fetchSmall(electronGet, new URL('/redirect', BASE), 1000)).toString(),
  outOfHttps: () => fetchSmall(electronGet, new URL('/to-http', BASE), 1000),
  missing: () => fetchSmall(electronGet, new URL('/none', BASE), 1000),
  endless: () => fetchSmall(electronGet, new URL('/endless', BASE), 1000),
  file: () => fetchFile(electronGet, new URL('/big', BASE), path.join(FOLDER, 'right'), { sha512: SHA512, size: Number(SIZE) }),
  exchanged: () => fetchFile(electronGet, new URL('/big', BASE), path.join(FOLDER, 'wrong'), { sha512: 'another', size: Number(SIZE) }),
  silent: () => {
    setTimeout(() => stopped.abort(), 300);
    return fetchSmall(electronGet, new URL('/silent', BASE), 1000, stopped.signal);
  },
};

app.disableHardwareAcceleration();
void app.whenReady().then(async () => {
  const results: Record<string, unknown> = {};
  const attempt = async (name: string): Promise<void> => {
    results[name] = await wishes[name]!().then((value) => value ?? 'done', (error: { code?: string }) => `refused: ${error.code}`);
  };
  // By its other name, because Chromium remembers what it thought of a certificate.
  const untrusted = await fetchSmall(electronGet, new URL('/small', BASE.replace('127.0.0.1', 'localhost')), 1000).then(() => 'taken', (error: { code?: string }) => `refused: ${error.code}`);
  // From here on the test's own authority counts.
  session.fromPartition('program-updates', { cache: false }).setCertificateVerifyProc((_request, answer) => answer(0));
  for (const name of Object.keys(wishes)) await attempt(name);
  process.stdout.write(`RESULT ${JSON.stringify({ untrusted, ...results })}\n`);
  app.exit(0);
});
