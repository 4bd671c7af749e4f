// One crowd from the first namespace to the last byte checked: `runCrowd(crowd, files, round)`.
import { demandOf } from '../demand.ts';
import { addressOf, buildLinks, cut, hubDevice, inNode, lengthen, shape, tearDown } from '../links.mjs';
import { endAll, sleep, start } from '../processes.mjs';
import { makeClient, startSeed } from './clients.mjs';
import { othersShare, watchCores } from './cores.mjs';
import { watchLines } from './line-counters.mjs';
import { arrivalsOf, boundSeconds, deliveryOf, hasOrigin, nodesOf, webAddress } from './scenario.mjs';
import { startEdge, startOrigin, startTracker, waitForSeeds } from './servers.mjs';
import { summarise } from './summarise.mjs';
import { sha256Of } from './material.mjs';

/** Transmission begins only after 13 s. */
const STALL_SECONDS = 30;
/** More than what idle programs tell one another. */
const PROGRESS_BYTES = 256 * 1024;
const HEAD_START_MS = 300; // the word to begin is out everywhere before it counts
let isStopping = false;

/** Ends every program; whoever calls it ends the process then. */
export async function stopCrowd() {
  isStopping = true;
  await endAll();
}


/**
 * @param crowd see scenario.mjs
 * @param files `{ torrent, torrentWithWeb(url, httpOnly), folder, name, sha256 }`
 * @returns see summarise.mjs
 */
export async function runCrowd(crowd, files, round = 0) {
  const nodes = nodesOf(crowd);
  buildLinks(nodes.length);
  try {
    await lengthen(nodes.map(({ delayMs }) => delayMs));
    for (const { node, up, down } of nodes) shape(node, { up, down });
    const { tracker, servers, seeds, web } = await startSources(crowd, nodes, files);
    const arrivals = arrivalsOf(crowd, round);
    const bound = boundSeconds(crowd, nodes, arrivals);
    const clients = startClients(crowd, nodes, files, web);
    await Promise.all(clients.map((client) => client.ready));
    await sleep(300);
    const others = await othersShare();
    const programs = () => [...clients.map((client) => client.handle()), ...seeds];
    const cores = watchCores(programs, [...servers.values()].map(({ handle }) => handle));
    const startedAt = Date.now() + HEAD_START_MS;
    clients.forEach((client, i) => client.go(startedAt + Math.round(arrivals[i] * 1000)));
    const probe = probeFirstPiece(nodes, web, crowd, startedAt);
    await sleep(startedAt - Date.now());
    const killer = makeKiller(crowd, nodes, servers, seeds, cores);
    const lines = nodes.flatMap(({ role, node }) => (role === 'probe' ? [] : [
      { node, device: hubDevice(node), way: role === 'client' ? 'to-node' : 'from-node' },
    ]));
    const patience = watchProgress((crowd.timeoutSeconds ?? Math.max(60, 8 * bound)) * 1000, Math.max(...arrivals));
    const watch = watchLines(tracker.child.pid, lines, (latest, seconds) => {
      const received = latest.reduce((sum, bytes, i) => sum + (lines[i].way === 'to-node' ? bytes : 0), 0);
      killer(received, seconds);
      patience.saw(received, seconds);
    });
    const ends = await Promise.all(clients.map((client) => Promise.race([client.done.catch(() => null), patience.over])));
    patience.stop();
    if (isStopping) await new Promise(() => {}); // a crowd that was ended by hand has no figures
    watch.stop();
    const used = cores.stop();
    const trace = programs().map((handle) => handle?.lines ?? []);
    for (const [i, client] of clients.entries()) {
      if (ends[i] && sha256Of(client.files) !== files.sha256) throw new Error(`${client.kind} has wrong bytes (client ${i + 1})`);
    }
    return summarise({
      crowd, nodes, clients, arrivals, bound, ends, startedAt, lines, watch, used: { ...used, others }, trace, killedAtSeconds: killer.atSeconds(), probeSeconds: await probe,
      demand: originDemand(servers, nodes), requests: Object.fromEntries([...servers].map(([role, server]) => [role, server.requests()])),
    });
  } finally {
    await endAll();
    tearDown();
  }
}

/** What the crowd, and not the one beside it, asked of the origin; null where there is none. */
function originDemand(servers, nodes) {
  const probe = nodes.find(({ role }) => role === 'probe');
  return servers.has('origin') ? demandOf(servers.get('origin').asked(probe ? addressOf(probe.node) : null)) : null;
}

async function startSources(crowd, nodes, files) {
  const tracker = await startTracker(files.torrent);
  const servers = new Map();
  const origin = nodes.find(({ role }) => role === 'origin');
  const edge = nodes.find(({ role }) => role === 'edge');
  if (origin) servers.set('origin', await startOrigin(origin.node, files.folder));
  if (edge) servers.set('edge', await startEdge(edge.node, origin.node));
  const seeds = nodes.filter(({ role }) => role === 'seed').map(({ kind, node }) => startSeed({
    kind, node, torrent: files.torrent, folder: files.folder, without: crowd.without,
  }));
  if (seeds.length > 0) await waitForSeeds(files.torrent, seeds.length);
  return { tracker, servers, seeds, web: webAddress(nodes, files.name) };
}

function startClients(crowd, nodes, files, web) {
  const torrent = web ? files.torrentWithWeb(web, crowd.strategy === 'cdn') : files.torrent;
  const delivery = deliveryOf(crowd, nodes);
  return nodes.filter(({ role }) => role === 'client').map(({ kind, node }) => makeClient({
    kind, node, torrent, name: files.name, bytes: crowd.bytes, pieceBytes: crowd.pieceBytes, web, httpOnly: crowd.strategy === 'cdn', delivery,
    without: crowd.without, traceEveryMs: crowd.traceEveryMs ?? 0,
  }));
}

/** `over` resolves with null when the time is up, or when nothing has arrived anywhere for so long that nothing will. */
function watchProgress(timeoutMs, lastArrivalSeconds) {
  const { promise: over, resolve } = Promise.withResolvers();
  const timer = setTimeout(resolve, timeoutMs, null);
  let [mostBytes, atSeconds] = [0, lastArrivalSeconds];
  return {
    over,
    saw(bytes, seconds) {
      if (bytes > mostBytes + PROGRESS_BYTES) [mostBytes, atSeconds] = [bytes, Math.max(seconds, lastArrivalSeconds)];
      else if (seconds - atSeconds > STALL_SECONDS) resolve(null);
    },
    stop: () => clearTimeout(timer),
  };
}

/** @returns seconds in which curl has the first piece from the same server at the start of the same crowd; null without a server */
async function probeFirstPiece(nodes, web, crowd, startedAt) {
  const node = nodes.find(({ role }) => role === 'probe')?.node;
  if (node === undefined || !hasOrigin(crowd.strategy)) return null;
  await sleep(startedAt - Date.now());
  const handle = start('ip', [...inNode(node), 'curl', '-sf', '-r', `0-${crowd.pieceBytes - 1}`, '-o', '/dev/null', '-w', '{"seconds":%{time_total}}\\n', web]);
  await new Promise((resolve) => handle.child.once('close', resolve));
  return handle.lines[0]?.seconds ?? null;
}

/** Ends a source when the crowd has its part of all bytes; the first of the kind, or of the other kind where there is none. */
function makeKiller(crowd, nodes, servers, seeds, cores) {
  let atSeconds = null;
  const total = crowd.mix.length * crowd.bytes;
  const killer = (receivedBytes, seconds) => {
    if (!crowd.kill || atSeconds !== null || receivedBytes < crowd.kill.part * total) return;
    atSeconds = seconds;
    cores.note();
    const killsOrigin = servers.has('origin') && (crowd.kill.who === 'origin' || seeds.length === 0);
    const node = nodes.find(({ role }) => role === (killsOrigin ? 'origin' : 'seed')).node;
    if (crowd.cut) cut(node);
    else (killsOrigin ? servers.get('origin').handle : seeds[0]).child.kill('SIGKILL');
  };
  killer.atSeconds = () => atSeconds;
  return killer;
}

