// Real links between network namespaces: one hub with a bridge, a line for every node, shaped both ways by tbf, as long as is wanted. Needs root.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WORK } from './fixtures.mjs';
import { start } from './processes.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const PREFIX = `fsb${process.pid % 10000}`;
const HUB = `${PREFIX}-hub`;
const built = [];
let watched = false;

const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });
const name = (node) => `${PREFIX}-n${node}`;
/** Bits on the wire for a byte of TCP payload: 41.9 Mbit/s carry 5 MB/s. */
const WIRE_BITS_PER_BYTE = 8.38;
const BURST_SECONDS = 0.025;

export const HUB_ADDRESS = '10.98.0.254';
export const MOST_NODES = 250;
export const addressOf = (node) => `10.98.0.${node + 1}`;
/** The hub's end of a node's line, as it is called there. */
export const hubDevice = (node) => `v${node}`;
/** Arguments in front of a command so that it runs in a node, or in the hub. */
export const inNode = (node) => ['netns', 'exec', name(node)];
export const inHub = () => ['netns', 'exec', HUB];

export function buildLinks(count) {
  if (count > MOST_NODES) throw new Error(`At most ${MOST_NODES} nodes fit on the bridge.`);
  if (!watched) process.on('exit', tearDown);
  watched = true;
  makeRoomForNeighbours(count);
  ip('netns', 'add', HUB);
  built.push(HUB);
  ip('-n', HUB, 'link', 'set', 'lo', 'up');
  ip('-n', HUB, 'link', 'add', 'br0', 'type', 'bridge');
  ip('-n', HUB, 'addr', 'add', `${HUB_ADDRESS}/24`, 'dev', 'br0');
  ip('-n', HUB, 'link', 'set', 'br0', 'up');
  for (let node = 0; node < count; node++) {
    ip('netns', 'add', name(node));
    built.push(name(node));
    ip('-n', name(node), 'link', 'set', 'lo', 'up');
    ip('-n', HUB, 'link', 'add', hubDevice(node), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name(node));
    plugIn(node);
  }
}

/** Where the kernel keeps how many neighbours all namespaces together may know: by itself 1024, and then a crowd of 48 does not find one another. */
const NEIGHBOUR_LIMITS = [1, 2, 3].map((level) => `/proc/sys/net/ipv4/neigh/default/gc_thresh${level}`);
let neighbourLimits = null;

function makeRoomForNeighbours(nodes) {
  const needed = 2 * (nodes + 1) ** 2;
  if (Number(readFileSync(NEIGHBOUR_LIMITS[0], 'utf8')) >= needed) return;
  neighbourLimits ??= NEIGHBOUR_LIMITS.map((file) => readFileSync(file, 'utf8'));
  for (const file of NEIGHBOUR_LIMITS.toReversed()) writeFileSync(file, String(Math.max(needed, Number(readFileSync(file, 'utf8')))));
}

const computer = (node, index) => `${name(node)}c${index}`;
const HOME = '192.168.1';
export const computerAddress = (index) => `${HOME}.${index + 10}`;
export const atComputer = (node, index) => ['netns', 'exec', computer(node, index)];

/** Makes a node the router of a home: so many computers on a switch behind it, and outside all are seen under its address. */
export function buildHome(node, computers) {
  const router = name(node);
  ip('-n', router, 'link', 'add', 'lan', 'type', 'bridge');
  ip('-n', router, 'addr', 'add', `${HOME}.1/24`, 'dev', 'lan');
  ip('-n', router, 'link', 'set', 'lan', 'up');
  for (let index = 0; index < computers; index++) {
    const own = computer(node, index);
    ip('netns', 'add', own);
    built.push(own);
    ip('-n', own, 'link', 'set', 'lo', 'up');
    ip('-n', router, 'link', 'add', `lan${index}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', own);
    ip('-n', router, 'link', 'set', `lan${index}`, 'master', 'lan', 'up');
    ip('-n', own, 'addr', 'add', `${computerAddress(index)}/24`, 'dev', 'eth0');
    ip('-n', own, 'link', 'set', 'eth0', 'up');
    ip('-n', own, 'route', 'add', 'default', 'via', `${HOME}.1`);
  }
  const inRouter = (...command) => ip('netns', 'exec', router, ...command);
  inRouter('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  inRouter('nft', 'add table ip home; add chain ip home out { type nat hook postrouting priority 100; }; add rule ip home out oifname "eth0" masquerade');
}

function plugIn(node) {
  ip('-n', HUB, 'link', 'set', hubDevice(node), 'master', 'br0', 'up');
  // Reached without a router, but not in one network: neighbours in a home are something else.
  ip('-n', name(node), 'addr', 'add', `${addressOf(node)}/32`, 'dev', 'eth0');
  ip('-n', name(node), 'link', 'set', 'eth0', 'up');
  ip('-n', name(node), 'route', 'add', `${HUB_ADDRESS.replace(/\d+$/, '0')}/24`, 'dev', 'eth0', 'src', addressOf(node));
}

/**
 * Makes lines longer: every frame takes so many milliseconds each way. Before `shape`.
 * @param delays milliseconds by number of node; 0 leaves a line as it is
 */
export async function lengthen(delays) {
  const cables = delays.flatMap((delayMs, node) => (delayMs > 0 ? [{ node, delayMs }] : []));
  if (cables.length === 0) return;
  const program = join(WORK, 'delay-cable');
  execFileSync('cc', ['-O2', '-o', program, join(here, 'delay-cable.c')]);
  for (const { node } of cables) ip('-n', HUB, 'link', 'del', hubDevice(node));
  const handle = start(program, cables.flatMap(({ node, delayMs }) => [HUB, hubDevice(node), name(node), 'eth0', String(delayMs)]));
  await handle.line((line) => line.type === 'ready', 5000);
  for (const { node } of cables) plugIn(node);
}

/** Bytes of TCP payload a second that a node's line carries away from it and towards it; null: as much as the machine can. */
export function shape(node, { up = null, down = null }) {
  if (up !== null) limit(['-n', name(node), 'qdisc', 'replace', 'dev', 'eth0'], up);
  if (down !== null) limit(['-n', HUB, 'qdisc', 'replace', 'dev', hubDevice(node)], down);
}

function limit(device, bytesPerSecond) {
  const burst = Math.max(32 * 1024, Math.round(bytesPerSecond * BURST_SECONDS));
  execFileSync('tc', [...device, 'root', 'tbf', 'rate', `${Math.round(bytesPerSecond * WIRE_BITS_PER_BYTE)}bit`, 'burst', String(burst), 'latency', '100ms'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Pulls a node's plug: it falls silent, nobody is told. */
export function cut(node) {
  ip('-n', HUB, 'link', 'set', hubDevice(node), 'down');
}

export function tearDown() {
  for (const namespace of built.splice(0).reverse()) {
    try { ip('netns', 'del', namespace); } catch { /* it is gone already */ }
  }
  neighbourLimits?.forEach((limit, level) => writeFileSync(NEIGHBOUR_LIMITS[level], limit));
  neighbourLimits = null;
}

export function canBuildLinks() {
  try {
    ip('netns', 'add', `${PREFIX}-try`);
    ip('netns', 'del', `${PREFIX}-try`);
    return true;
  } catch {
    return false;
  }
}
