// The programs of a crowd, each in its node: made ready, told when to begin, and heard when they are complete.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WORK, freshFolder } from '../fixtures.mjs';
import { addressOf, inNode } from '../links.mjs';
import { sleep, start } from '../processes.mjs';
import { coreFlags } from '../../../main/core/core-flags.ts';

const here = dirname(fileURLToPath(import.meta.url));
const ours = join(here, '../engine-runner.mjs');
const libtorrent = join(here, '../libtorrent-runner.py');
const PORT = 7001;

/** Writes the hooks that aria2 and Transmission call when they are complete: the time, beside the file. */
export function writeHooks() {
  writeFileSync(join(WORK, 'aria2-done'), '#!/bin/sh\ndate +%s%3N > "$3.done"\n', { mode: 0o755 });
  writeFileSync(join(WORK, 'transmission-done'), '#!/bin/sh\ndate +%s%3N > "$TR_TORRENT_DIR/$TR_TORRENT_NAME.done"\n', { mode: 0o755 });
  chmodSync(WORK, 0o755);
}

/**
 * @param plan `{ kind, node, torrent, name, bytes, pieceBytes, web: address or null, httpOnly, delivery, without, traceEveryMs }`
 * @returns `{ kind, node, folder, ready: Promise, go(atMs), done: Promise<{ atMs, ... }>, files: [path], handle() }`; `done` is rejected when it cannot be complete any more
 */
export function makeClient(plan) {
  const folder = freshFolder(`crowd-${plan.node}`);
  const client = { kind: plan.kind, node: plan.node, folder, files: [join(folder, plan.name)] };
  const kind = plan.httpOnly && plan.kind === 'aria2' ? 'aria2Http' : plan.kind;
  Object.assign(client, kinds[kind](plan, client));
  client.done.catch(() => {}); // looked at only when all have begun
  return client;
}

/** @returns the process of somebody who has the file already, in `folder` */
export function startSeed({ kind, node, torrent, folder, without }) {
  const home = freshFolder(`seed-${node}`);
  const seeds = {
    flashswarm: () => withEngine(node, { torrents: [torrent], folder, resume: home, bind: addressOf(node), port: PORT, trackers: true, seed: true, ablate: without }),
    libtorrent: () => run(node, ['/usr/bin/python3', libtorrent, JSON.stringify({ torrents: [torrent], folder, bind: addressOf(node), port: PORT, trackers: true, seed: true })]),
    aria2: () => run(node, ['aria2c', ...ARIA2, '--check-integrity=true', '--allow-overwrite=true', '-d', folder, torrent]),
    transmission: () => {
      const handle = withTransmission(node, home, folder);
      void addToTransmission(node, torrent);
      return handle;
    },
  };
  if (!seeds[kind]) throw new Error(`${kind} cannot seed.`);
  return seeds[kind]();
}

const ARIA2 = ['--no-conf=true', '--enable-dht=false', '--bt-enable-lpd=false', '--enable-peer-exchange=false', '--seed-ratio=0', '--file-allocation=none',
  `--listen-port=${PORT}`, '--bt-max-peers=0', '--summary-interval=0', '--quiet=true'];

const run = (node, command) => start('ip', [...inNode(node), ...command], { stdio: ['pipe', 'pipe', process.env.BENCH_LOUD ? 'inherit' : 'ignore'] });
const withEngine = (node, plan) => run(node, [process.execPath, ...coreFlags, ours, JSON.stringify(plan)]);

/** The JSON line of a program that tells by itself, or that it ended. */
const word = (handle, type) => Promise.race([
  handle.line((line) => line.type === type, 2 ** 31 - 1),
  handle.exited.then((code) => { throw new Error(`ended with ${code}`); }),
]);

/** Starts a program at a time. */
const later = (atMs, begin) => setTimeout(begin, Math.max(0, atMs - Date.now()));

const kinds = {
  flashswarm(plan, { node, folder }) {
    const handle = withEngine(node, {
      torrents: [plan.torrent], folder, resume: freshFolder(`crowd-${node}-resume`), bind: addressOf(node), port: PORT, trackers: !plan.httpOnly,
      webSeeds: plan.web ? [plan.web] : [], delivery: plan.delivery, ablate: plan.without, wait: true, traceEveryMs: plan.traceEveryMs,
    });
    return { handle: () => handle, ready: word(handle, 'waiting'), go: (atMs) => handle.child.stdin.write(`go ${atMs}\n`), done: word(handle, 'done') };
  },
  libtorrent(plan, { node, folder }) {
    const handle = run(node, ['/usr/bin/python3', libtorrent, JSON.stringify({ torrents: [plan.torrent], folder, bind: addressOf(node), port: PORT, trackers: !plan.httpOnly, wait: true })]);
    return {
      handle: () => handle, ready: word(handle, 'waiting'), done: word(handle, 'done'),
      go: (atMs) => later(atMs, () => handle.child.stdin.write('go\n')),
    };
  },
  aria2: (plan, client) => startedAtGo(
    client, ['aria2c', ...ARIA2, `--on-bt-download-complete=${join(WORK, 'aria2-done')}`, '-d', client.folder, plan.torrent], `${client.files[0]}.done`,
  ),
  transmission(plan, client) {
    const home = freshFolder(`crowd-${client.node}-home`);
    const handle = withTransmission(client.node, home, client.folder);
    return {
      handle: () => handle, ready: sleep(2000), done: timeIn(`${client.files[0]}.done`, handle),
      go: (atMs) => later(atMs, () => void addToTransmission(client.node, plan.torrent)),
    };
  },
  /** HTTP alone: the first piece, then the rest over the same connection. */
  curl(plan, client) {
    const [first, rest] = ['first', 'rest'].map((part) => join(client.folder, `${plan.name}.${part}`));
    client.files = plan.bytes > plan.pieceBytes ? [first, rest] : [first];
    const command = ['curl', '-sf', '-r', `0-${plan.pieceBytes - 1}`, '-o', first, '-w', '{"type":"first","seconds":%{time_total}}\\n', plan.web];
    if (plan.bytes > plan.pieceBytes) command.push('--next', '-sf', '-r', `${plan.pieceBytes}-`, '-o', rest, plan.web);
    return endsWhenComplete(client, command, (handle) => {
      const seconds = handle.lines.find((line) => line.type === 'first')?.seconds;
      return { firstPieceMs: seconds === undefined ? null : seconds * 1000 };
    });
  },
  aria2Http: (plan, client) => endsWhenComplete(client, ['aria2c', '--no-conf=true', '--file-allocation=none', '--quiet=true', '-d', client.folder, '-o', plan.name, plan.web]),
};

/** A program that begins with its start and has a hook for its end. */
function startedAtGo(client, command, hookFile) {
  let handle = null;
  const done = Promise.withResolvers();
  return {
    handle: () => handle, ready: Promise.resolve(), done: done.promise,
    go: (atMs) => later(atMs, () => {
      handle = run(client.node, command);
      timeIn(hookFile, handle).then(done.resolve, done.reject);
    }),
  };
}

/** A program that is complete when it ends without an error. */
function endsWhenComplete(client, command, more = () => ({})) {
  let handle = null;
  const done = Promise.withResolvers();
  return {
    handle: () => handle, ready: Promise.resolve(), done: done.promise,
    go: (atMs) => later(atMs, () => {
      handle = run(client.node, command);
      handle.child.once('close', (code) => (code === 0 ? done.resolve({ atMs: Date.now(), ...more(handle) }) : done.reject(new Error(`ended with ${code}`))));
    }),
  };
}

/** Polls for the time that a hook wrote; rejected when the program ends without. */
async function timeIn(path, handle) {
  let ended = false;
  void handle.exited.then(() => (ended = true));
  for (;;) {
    const time = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
    if (time > 0) return { atMs: time };
    if (ended) throw new Error('ended early');
    await sleep(100);
  }
}

function withTransmission(node, home, folder) {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'settings.json'), JSON.stringify({
    'bind-address-ipv4': addressOf(node), 'bind-address-ipv6': '::1', 'peer-port': PORT, 'peer-port-random-on-start': false, 'rpc-enabled': true,
    'rpc-bind-address': '127.0.0.1', 'rpc-port': 9091, 'rpc-authentication-required': false, 'dht-enabled': false, 'lpd-enabled': false, 'pex-enabled': false,
    'port-forwarding-enabled': false, 'utp-enabled': false, encryption: 0, 'download-dir': folder, 'incomplete-dir-enabled': false, preallocation: 0,
    'ratio-limit-enabled': false, 'speed-limit-up-enabled': false, 'speed-limit-down-enabled': false, 'message-level': 1, 'peer-limit-per-torrent': 100,
    'script-torrent-done-enabled': true, 'script-torrent-done-filename': join(WORK, 'transmission-done'),
  }));
  return run(node, ['transmission-daemon', '-f', '-g', home, '--log-error']);
}

/** Its own remote, inside the node, as soon as it listens. */
async function addToTransmission(node, torrent) {
  for (let tries = 0; tries < 40; tries++) {
    const code = await run(node, ['transmission-remote', '9091', '-a', torrent]).exited;
    if (code === 0) return;
    await sleep(250);
  }
  throw new Error('Transmission does not answer.');
}
