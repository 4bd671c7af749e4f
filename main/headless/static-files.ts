// Serves the built interface from one folder: nothing outside it, nothing executable that is not its own.
import type { ServerResponse } from 'node:http';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon', '.webp': 'image/webp',
  '.woff2': 'font/woff2', '.woff': 'font/woff', '.txt': 'text/plain; charset=utf-8', '.webmanifest': 'application/manifest+json', '.map': 'application/json',
};

/** For every answer of the host. No inline script or style, no other site in either direction. */
export const securityHeaders: Record<string, string> = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    + "media-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** A path inside `root` for the path of an address, or null: for anything odd rather than for known attacks. */
export function fileFor(root: string, pathname: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (!decoded.startsWith('/') || /[\0\\]/.test(decoded)) return null;
  const parts = decoded.slice(1).split('/');
  if (parts.some((part) => part.startsWith('.') || part.includes(':'))) return null;
  if (parts.slice(0, -1).some((part) => part === '')) return null;
  return join(root, ...parts.slice(0, -1), parts.at(-1) === '' ? 'index.html' : parts.at(-1)!);
}

/** Answers with the file; false when there is none. */
export async function serveFile(root: string, pathname: string, head: boolean, response: ServerResponse): Promise<boolean> {
  const wanted = fileFor(root, pathname);
  if (!wanted) return false;
  let path: string;
  let size: number;
  try {
    path = await realpath(wanted);
    // A link inside the folder must not lead out of it either.
    if (!path.startsWith((await realpath(root)) + sep)) return false;
    const info = await stat(path);
    if (!info.isFile()) return false;
    size = info.size;
  } catch {
    return false;
  }
  const extension = extname(path).toLowerCase();
  // Vite names what it builds by its content, so those never change; the page itself must not outlive an update.
  const cache = extension === '.html' ? 'no-store' : pathname.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache';
  response.writeHead(200, { 'Content-Type': types[extension] ?? 'application/octet-stream', 'Content-Length': size, 'Cache-Control': cache });
  if (head) {
    response.end();
    return true;
  }
  const stream = createReadStream(path);
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  stream.pipe(response);
  return true;
}
