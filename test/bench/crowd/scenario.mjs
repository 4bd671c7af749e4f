// What stands where in one crowd: the nodes, their lines, who seeds, which addresses the clients are given, when they come; and the bound.
import { addressOf } from '../links.mjs';

export const ORIGIN_PORT = 80;

/**
 * One crowd: `{ label, strategy, mix: [kind by client], uplinks, downlinks, delayMs, bytes, pieceBytes, originRate, edgeRate, seedRate, arrivalsPerSecond, kill, cut,
 * smoothing, delivery, without, seedClient, timeoutSeconds }`, rates in bytes per second.
 * @returns nodes `{ role: 'origin'|'edge'|'seed'|'probe'|'client', node, up, down, delayMs, kind }`
 */
export function nodesOf(crowd) {
  const nodes = [];
  const add = (role, more) => nodes.push({ role, node: nodes.length, down: null, delayMs: 0, ...more });
  if (hasOrigin(crowd.strategy)) add('origin', { up: crowd.originRate });
  if (crowd.strategy === 'edge') add('edge', { up: crowd.edgeRate });
  const seedKind = crowd.seedClient ?? (crowd.mix[0] === 'curl' ? 'flashswarm' : crowd.mix[0]);
  if (crowd.strategy === 'p2p') add('seed', { up: crowd.seedRate, kind: seedKind });
  if (crowd.strategy === 'seedbox') for (let i = 0; i < SEEDBOXES; i++) add('seed', { up: crowd.seedRate / SEEDBOXES, kind: seedKind });
  // Somebody who fetches the first piece over HTTP at the same moment, on a line like the others'.
  if (hasOrigin(crowd.strategy)) add('probe', { up: crowd.uplinks[0], down: crowd.downlinks[0], delayMs: crowd.delayMs });
  crowd.mix.forEach((kind, i) => add('client', { up: crowd.uplinks[i % crowd.uplinks.length], down: downlinkOf(crowd, i), delayMs: crowd.delayMs, kind }));
  return nodes;
}

const SEEDBOXES = 3;

/** Bytes per second that a client's line carries towards it; null: no limit. */
export const downlinkOf = ({ downlinks }, client) => downlinks[client % downlinks.length];

export const hasOrigin = (strategy) => strategy === 'cdn' || strategy === 'hybrid' || strategy === 'edge';

/** What the clients fetch over HTTP: the cache near them where there is one. */
export function webAddress(nodes, name) {
  const server = nodes.find(({ role }) => role === 'edge') ?? nodes.find(({ role }) => role === 'origin');
  return server ? `http://${addressOf(server.node)}:${ORIGIN_PORT}/${name}` : null;
}

/** Our clients' delivery: what the strategy means, then what the command line adds. */
export function deliveryOf(crowd, nodes) {
  const seeders = crowd.strategy === 'seedbox' ? nodes.filter(({ role }) => role === 'seed').map(({ node }) => `${addressOf(node)}:7001`) : [];
  return {
    dht: 'off', lsd: 'off', ...(crowd.strategy === 'cdn' ? { cdn: 'always', pex: 'off' } : {}), ...(seeders.length > 0 ? { seeders } : {}),
    ...(crowd.smoothing ? { smoothing: { ...crowd.smoothing, audience: crowd.mix.length, eventStartsAt: null } } : {}),
    ...crowd.delivery,
  };
}

/** Seconds after the start at which each client comes; the same in every run of a round, so that they can be compared. */
export function arrivalsOf(crowd, round) {
  if (crowd.arrivalsPerSecond === null) return crowd.mix.map(() => 0);
  const random = seededRandom(round + 1);
  let at = 0;
  return crowd.mix.map((_, i) => (i === 0 ? 0 : (at += -Math.log(1 - random()) / crowd.arrivalsPerSecond)));
}

/** mulberry32 */
function seededRandom(seed) {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Seconds before which no crowd can be complete: the sources must send everything once, everybody together must send it to each, a line down must
 * carry it, and whoever comes last cannot have it at once. Without peers the sources send it to each.
 */
export function boundSeconds(crowd, nodes, arrivals) {
  const clients = nodes.filter(({ role }) => role === 'client');
  const sum = (list) => list.reduce((total, { up }) => total + up, 0);
  const edge = nodes.find(({ role }) => role === 'edge');
  const once = edge ? Math.min(crowd.originRate, edge.up) : sum(nodes.filter(({ role }) => role === 'origin' || role === 'seed'));
  const sources = edge ? edge.up : once;
  const peers = crowd.strategy === 'cdn' || crowd.mix.every((kind) => kind === 'curl') ? 0 : sum(clients);
  const alone = Math.min(...crowd.downlinks.map((rate) => rate ?? Infinity), sources + peers);
  return Math.max(
    crowd.bytes / once, (clients.length * crowd.bytes) / (sources + peers), Math.max(...arrivals) + crowd.bytes / alone,
  );
}
