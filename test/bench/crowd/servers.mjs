// The servers of a crowd, the real ones: opentracker in the hub, nginx as the origin, nginx as a cache near the clients.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshFolder } from '../fixtures.mjs';
import { HUB_ADDRESS, addressOf, inHub, inNode } from '../links.mjs';
import { sleep, start } from '../processes.mjs';
import { infoHashOf } from '../tracker-probe.mjs';
import { ORIGIN_PORT } from './scenario.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const ENVIRONMENT = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
export const ANNOUNCE = `http://${HUB_ADDRESS}:6969/announce`;

export async function startTracker(torrent) {
  const folder = freshFolder('tracker');
  const config = join(folder, 'opentracker.conf');
  writeFileSync(config, `listen.tcp_udp ${HUB_ADDRESS}:6969\ntracker.rootdir ${folder}\ntracker.user nobody\naccess.whitelist white.txt\n`);
  writeFileSync(join(folder, 'white.txt'), `${infoHashOf(torrent)}\n`);
  const tracker = start('ip', [...inHub(), 'opentracker', '-f', config], { stdio: ['ignore', 'pipe', 'ignore'], env: ENVIRONMENT });
  await sleep(400);
  if (tracker.child.exitCode !== null) throw new Error('The tracker did not start: is opentracker installed?');
  return tracker;
}

/** A client that asks before the tracker knows the seeds gets an empty list and does not ask again for minutes. */
export async function waitForSeeds(torrent, count) {
  const probe = start('ip', [...inHub(), process.execPath, join(here, '../tracker-probe.mjs'), torrent, ANNOUNCE]);
  try {
    await probe.line((line) => line.seeds >= count, 30_000);
  } catch {
    throw new Error(`The tracker does not count ${count} ${count === 1 ? 'seed' : 'seeds'}: did they start? BENCH_LOUD=1 shows what the programs say.`);
  }
  await probe.end();
}

/** One process, so that ending it ends everything. @returns its handle, and what it was asked for: `requests()`, `asked(except)` */
async function startNginx(purpose, node, server, extra = '') {
  const folder = freshFolder(purpose);
  mkdirSync(join(folder, 'tmp'));
  const log = join(folder, 'access.log');
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, `daemon off; master_process off; user root; pid ${folder}/nginx.pid; error_log stderr error;
events { worker_connections 4096; }
http {
  log_format bytes '$body_bytes_sent $status $remote_addr $msec $request_time $sent_http_content_length $http_range'; access_log ${log} bytes; sendfile on; default_type application/octet-stream; keepalive_requests 100000;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/tmp/${name};`).join(' ')}
  ${extra.replaceAll('FOLDER', folder)}
  server { listen ${addressOf(node)}:${ORIGIN_PORT}; ${server} }
}
`);
  const handle = start('ip', [...inNode(node), 'nginx', '-c', config, '-p', folder, '-e', 'stderr'], {
    stdio: ['ignore', 'pipe', 'ignore'], env: ENVIRONMENT,
  });
  await sleep(500);
  if (handle.child.exitCode !== null) throw new Error('The origin did not start: is nginx installed?');
  const logged = () => readFileSync(log, 'utf8').split('\n').filter(Boolean).map((line) => line.split(' '));
  return {
    handle,
    /** For `demandOf`: requests that are over, whatever came of them. @param except the address of somebody who is not of the crowd */
    asked(except) {
      return logged().filter(([, , address]) => address !== except).map(([, , , endedAt, seconds, length, range]) => {
        const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
        return { fromSeconds: Number(endedAt) - Number(seconds), toSeconds: Number(endedAt), bytes: from === undefined ? Number(length) || 0 : Number(to) - Number(from) + 1 };
      });
    },
    /** By status, of requests that are over: nginx's own word. */
    requests() {
      const seen = {};
      for (const [, status] of logged()) seen[status] = (seen[status] ?? 0) + 1;
      return seen;
    },
  };
}

/** Serves the folder to everybody, as fast as its line allows. */
export const startOrigin = (node, folder) => startNginx('origin', node, `root ${folder};`);

/** Keeps what it fetched from the origin, in slices, each fetched once however many ask for it. */
export const startEdge = (node, origin) => startNginx('edge', node, `
    location / {
      slice 256k; proxy_cache kept; proxy_cache_key $uri$slice_range; proxy_set_header Range $slice_range; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_cache_valid 200 206 1h; proxy_cache_lock on; proxy_cache_lock_timeout 60s;
      proxy_cache_use_stale error timeout http_500 http_502 http_503 http_504; proxy_pass http://origin;
    }`, `proxy_cache_path FOLDER/cache keys_zone=kept:4m max_size=8g; upstream origin { server ${addressOf(origin)}:${ORIGIN_PORT}; keepalive 16; }`);
