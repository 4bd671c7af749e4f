// Serves the built interface and the files for its player under app://flashswarm/, with a strict content security policy and nothing outside its folder.
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { protocol } from 'electron';
import { appOrigin, pageHeaders as headers, schemePrivileges } from './page-policy.ts';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json',
  '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon', '.woff2': 'font/woff2', '.map': 'application/json',
};

/** Has to run before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: schemePrivileges }]);
}

/** The file an address means, or null when it lies outside the folder (links followed) or is none. */
export async function fileFor(folder: string, address: string): Promise<string | null> {
  try {
    const { protocol: scheme, host, pathname } = new URL(address);
    if (`${scheme}//${host}` !== appOrigin) return null;
    const relative = decodeURIComponent(pathname);
    if (relative.includes('\0')) return null;
    const [base, file] = await Promise.all([realpath(folder), realpath(path.join(folder, relative === '/' ? 'index.html' : relative))]);
    return file.startsWith(base + path.sep) ? file : null;
  } catch {
    return null;
  }
}

/** What follows /media/ in one of our addresses; null for any other. */
export function mediaTicket(address: string): string | null {
  const prefix = `${appOrigin}/media/`;
  return address.startsWith(prefix) ? address.slice(prefix.length) : null;
}

/** @param folder the built interface @param media answers for a complete file of a package */
export function serveInterface(folder: string, media: (ticket: string, request: Request) => Promise<Response>): void {
  protocol.handle('app', async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return new Response('Only reading is possible here.', { status: 405, headers });
    const ticket = mediaTicket(request.url);
    if (ticket !== null) {
      const answer = await media(ticket, request);
      for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
      return answer;
    }
    const file = await fileFor(folder, request.url);
    const content = file && (await readFile(file).catch(() => null));
    if (!file || !content) return new Response('There is no such page.', { status: 404, headers: { ...headers, 'content-type': 'text/plain' } });
    return new Response(content, { headers: { ...headers, 'content-type': types[path.extname(file).toLowerCase()] ?? 'application/octet-stream' } });
  });
}
