// A real nginx on loopback as the origin of files: whole, slow, refusing; tells every request that it saw.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, waitForPort } from './ports.ts';
import { startProgram, temporaryFolder } from './processes.ts';
import type { Program } from './processes.ts';

export interface NginxRequest {
  path: string; status: number;
  /** The Range header; null without one. */
  range: string | null;
  bodyBytes: number; userAgent: string;
  /** Number of its connection. */
  connection: number;
}

export class Nginx {
  readonly program: Program;
  readonly port: number;
  readonly #log: string;

  constructor(program: Program, port: number, log: string) {
    this.program = program;
    this.port = port;
    this.#log = log;
  }

  /** @param at `/` the files; `/slow/` at 1 MB/s a connection; `/ranges-off/` no parts; `/busy/` 503 with Retry-After; `/gone/` 404 */
  url(at = '/'): string {
    return `http://127.0.0.1:${this.port}${at}`;
  }

  /** All requests that are over. */
  requests(): NginxRequest[] {
    return readFileSync(this.#log, 'utf8').split('\n').filter(Boolean).map((line) => {
      const [at, status, range, bodyBytes, connection, userAgent] = line.split('\t') as [string, string, string, string, string, string];
      return { path: at, status: Number(status), range: range === '-' ? null : range, bodyBytes: Number(bodyBytes), connection: Number(connection), userAgent };
    });
  }
}

/** Serves a folder; ends with the running test. */
export async function startNginx(root: string): Promise<Nginx> {
  const folder = temporaryFolder('nginx');
  const port = await freePort();
  const temporary = path.join(folder, 'tmp');
  mkdirSync(temporary);
  const log = path.join(folder, 'access.log');
  writeFileSync(path.join(folder, 'nginx.conf'), `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr warn;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http {
  log_format seen '$uri\t$status\t$http_range\t$body_bytes_sent\t$connection\t$http_user_agent';
  access_log ${log} seen; sendfile on; default_type application/octet-stream; keepalive_requests 10000;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${temporary}/${name};`).join(' ')}
  server {
    listen 127.0.0.1:${port}; root ${root};
    location /slow/ { alias ${root}/; limit_rate 1m; }
    location /ranges-off/ { alias ${root}/; max_ranges 0; }
    location /gone/ { return 404; }
    location /busy/ { add_header Retry-After 5 always; return 503; }
  }
}
`);
  const program = await startProgram('nginx', 'nginx', ['-c', path.join(folder, 'nginx.conf'), '-p', folder, '-e', 'stderr'], {
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  await waitForPort(port, '127.0.0.1', 10_000, () => program.ended);
  return new Nginx(program, port, log);
}
