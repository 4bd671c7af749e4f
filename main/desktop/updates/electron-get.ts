// Requests through Chromium, which knows the system's proxies; apart from the pages' session, without cookies or a cache.
import { net, session } from 'electron';
import type { WebAnswer, WebGet } from './web-get.ts';

const headerOf = (value: string | string[] | undefined): string | null => (Array.isArray(value) ? value[0] : value) ?? null;

export const electronGet: WebGet = (address, signal) => new Promise<WebAnswer>((resolve, reject) => {
  const request = net.request({ url: address.href, redirect: 'manual', session: session.fromPartition('program-updates', { cache: false }), credentials: 'omit' });
  const stop = (): void => request.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  request.on('redirect', (status, _method, location) => {
    request.abort();
    resolve({ status, location, body: nothing() });
  });
  request.on('response', (response) => {
    // Its declaration leaves out that it is a readable stream.
    const body = response as unknown as AsyncIterable<Uint8Array>;
    const { statusCode: status, headers } = response;
    resolve({ status, location: status >= 300 && status < 400 ? headerOf(headers['location']) : null, body });
  });
  request.on('error', reject);
  request.on('abort', () => reject(new Error('aborted')));
  request.setHeader('cache-control', 'no-cache');
  request.end();
});

async function* nothing(): AsyncIterable<Uint8Array> {
  // a redirect's own text is of no use
}
