// What the command line of the crowd bench says, checked: `parseOptions(words)`; `HELP` lists everything.
import { parseArgs } from 'node:util';
import { POLICIES, readPolicies } from '../policies.ts';
import { GOALS } from './goal-list.mjs';

export const STRATEGIES = ['cdn', 'p2p', 'hybrid', 'seedbox', 'edge'];
export const KINDS = ['flashswarm', 'libtorrent', 'transmission', 'aria2', 'curl'];
export const HELP = `The crowd bench: one link a client, a real tracker, a real origin; checks every byte. Needs root (network namespaces).

  npm run bench:crowd -- [options]           without options: 8 clients, p2p, ours, aria2's and libtorrent's

  --clients N            how many (8)
  --strategy S           cdn, p2p, hybrid, seedbox, edge, several with commas, or all (p2p)
  --client K             flashswarm, libtorrent, transmission, aria2, curl (HTTP alone), several with commas: one crowd each
  --mix K:N,K:N          kinds together in the same crowd, in place of --client and --clients
  --up, --down MB/s      payload that each client's line carries (5; down: no limit)
  --uplinks A,B,C        uplinks by turns, in place of --up; --downlinks A,B,C in place of --down, 0: no limit
  --delay MS             one way, of each client's line (0)
  --size MiB --piece KiB of the file (64, 256)
  --origin-rate MB/s     the origin's line (4 x the mean uplink)
  --seed-rate MB/s       the first seed's line (p2p alone: the mean uplink; else the origin's), of each of the three seedboxes a third
  --edge-rate MB/s       the edge cache's line (2 x the origin's)
  --arrivals A           at-once, or poisson:<per second>
  --kill W@P             origin or seed (whichever a strategy has), when the crowd has the part P of all its bytes: origin@0.5;
                         what has not left it by then is lost: a p2p seed needs a --seed-rate of some uplinks
  --cut                  the line of what is killed goes silent, in place of the process
  --smoothing on|off     gentle beginning towards origins (off); --smoothing-minutes M (0.5), --smoothing-start S (0.1)
  --delivery JSON        part of a DeliverySpec for our clients
  --without P,P          policies left out: ${POLICIES.join(', ')}
  --ablate               the same crowd with each policy left out, one at a time
  --seed-client K        what the seeds run (the first kind of the crowd)
  --rounds N             (3)
  --timeout S            when a crowd is given up (8 x its bound, at least 60)
  --json FILE --svg FILE --trace FILE
  --goals                the table of goals; --goal NAME only one of them (see --list); --scale F their rates times F from the
                         start, --size MiB other sizes: to try them only
`;

const PLAIN = {
  clients: '8', strategy: 'p2p', size: '64', piece: '256', delay: '0', arrivals: 'at-once', smoothing: 'off',
  'smoothing-minutes': '0.5', 'smoothing-start': '0.1', rounds: '3',
};
const STRINGS = ['client', 'mix', 'up', 'down', 'uplinks', 'downlinks', 'origin-rate', 'seed-rate', 'edge-rate', 'kill', 'delivery', 'without', 'seed-client',
  'timeout', 'json', 'svg', 'trace', 'goal', 'scale'];
const FLAGS = ['cut', 'ablate', 'goals', 'list', 'help'];

/** @throws Error with a sentence for whoever typed it */
export function parseOptions(words) {
  const { values, positionals } = parseArgs({
    args: words, allowPositionals: true,
    options: {
      ...Object.fromEntries([...Object.keys(PLAIN), ...STRINGS].map((key) => [key, { type: 'string' }])),
      ...Object.fromEntries(FLAGS.map((key) => [key, { type: 'boolean' }])),
    },
  });
  const said = { clients: process.env.BENCH_CLIENTS ?? PLAIN.clients, rounds: process.env.BENCH_ROUNDS ?? PLAIN.rounds };
  const of = (key) => values[key] ?? said[key] ?? PLAIN[key];
  const number = (key, { least = 0, whole = false } = {}) => {
    if (of(key) === undefined) return null;
    const value = Number(of(key));
    if (!Number.isFinite(value) || value < least || (whole && !Number.isInteger(value))) throw new Error(`--${key} ${of(key)}: not a number that fits.`);
    return value;
  };
  if (values.goal !== undefined && !GOALS.some(({ name }) => name === values.goal)) throw new Error(`--goal ${values.goal}: it is one of ${GOALS.map(({ name }) => name).join(', ')}.`);
  const among = (key, list, allowed) => list.forEach((one) => {
    if (!allowed.includes(one)) throw new Error(`--${key} ${one}: it is one of ${allowed.join(', ')}.`);
  });
  const kinds = (values.client ?? (positionals.length > 0 ? positionals.join(',') : (words.length > 0 ? 'flashswarm' : 'flashswarm,aria2,libtorrent'))).split(',');
  among('client', kinds, KINDS);
  const strategies = of('strategy') === 'all' ? STRATEGIES : of('strategy').split(',');
  among('strategy', strategies, STRATEGIES);
  const uplinks = (values.uplinks ?? values.up ?? '5').split(',').map(Number);
  if (uplinks.some((rate) => !(rate > 0))) throw new Error('--up and --uplinks are rates in MB/s above 0.');
  const downlinks = (values.downlinks ?? values.down ?? '0').split(',').map(Number);
  if (downlinks.some((rate) => !(rate >= 0))) throw new Error('--down and --downlinks are rates in MB/s.');
  const clients = number('clients', { least: 1, whole: true });
  const mixes = values.mix ? [parseMix(values.mix)] : kinds.map((kind) => Array(clients).fill(kind));
  for (const kind of mixes.flat()) among('mix', [kind], KINDS);
  const mean = uplinks.reduce((sum, rate) => sum + rate, 0) / uplinks.length;
  const originRate = number('origin-rate', { least: 0.01 }) ?? 4 * mean;
  const all = {
    strategies, mixes, uplinks: uplinks.map((rate) => rate * 1e6), downlinks: downlinks.map((rate) => (rate === 0 ? null : rate * 1e6)),
    delayMs: number('delay'), bytes: Math.round(number('size', { least: 0.25 }) * 1024 * 1024), pieceBytes: number('piece', { least: 16, whole: true }) * 1024,
    originRate: originRate * 1e6, edgeRate: (number('edge-rate', { least: 0.01 }) ?? 2 * originRate) * 1e6,
    seedRate: (number('seed-rate', { least: 0.01 }) ?? (strategies.join() === 'p2p' ? mean : originRate)) * 1e6,
    arrivalsPerSecond: parseArrivals(of('arrivals')), kill: parseKill(values.kill), cut: values.cut ?? false,
    smoothing: parseSmoothing(of('smoothing'), number('smoothing-minutes'), number('smoothing-start')),
    delivery: parseDelivery(values.delivery), without: readPolicies(values.without, '--without'), seedClient: values['seed-client'] ?? null,
    rounds: number('rounds', { least: 1, whole: true }), timeoutSeconds: number('timeout', { least: 1 }), scale: number('scale', { least: 0.01 }) ?? 1,
  };
  return { ...all, ...Object.fromEntries([...FLAGS, 'json', 'svg', 'trace', 'goal', 'size'].map((key) => [key, values[key] ?? null])) };
}

function parseMix(text) {
  return text.split(',').flatMap((part) => {
    const [kind, count] = part.split(':');
    if (!/^[1-9]\d{0,2}$/.test(count ?? '')) throw new Error(`--mix ${part}: write a kind and a number, for example aria2:8.`);
    return Array(Number(count)).fill(kind);
  });
}

function parseDelivery(text) {
  if (!text) return {};
  try {
    const value = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new Error(`--delivery ${text}: it is a JSON object, for example {"cdn":"always"}.`);
}

function parseArrivals(text) {
  if (text === 'at-once') return null;
  const rate = Number(/^poisson:(.+)$/.exec(text)?.[1]);
  if (!(rate > 0)) throw new Error(`--arrivals ${text}: it is at-once, or poisson:2 for two a second.`);
  return rate;
}

function parseKill(text) {
  if (!text || text === 'none') return null;
  const found = /^(origin|seed)@(0?\.\d+|[01])$/.exec(text);
  if (!found) throw new Error(`--kill ${text}: write for example origin@0.5 or seed@0.5.`);
  return { who: found[1], part: Number(found[2]) };
}

function parseSmoothing(text, minutes, startShare) {
  if (text !== 'on' && text !== 'off') throw new Error(`--smoothing ${text}: it is on or off.`);
  return text === 'on' ? { minutes, startShare } : null;
}
