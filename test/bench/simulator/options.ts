// Reads the simulator's command line.
import { parseArgs } from 'node:util';
import { readPolicies } from '../policies.ts';
import { DEFAULT_SCENARIO, STRATEGIES } from './scenario.ts';
import type { Scenario } from './scenario.ts';

export const simulatorHelp = `Usage: node test/bench/simulator/run.mjs [options]

Simulates a crowd with the policies of the product on virtual links. Rates in MB/s (10^6 bytes of payload), times in ms or s as named.

  --clients N          16            --seeds N          1; seedbox 3, hybrid and cdn 0
  --links N            50 a client   --seed-links N     as --links
  --up R               5             --seed-up R        as --up; seedbox a third of 4 x --up
  --uplinks R,R,..     given to the clients in turn, in place of --up
  --down R             no limit      --origin R         hybrid and cdn 4 x --up
  --downlinks R,R,..   the same in turn; 0: no limit
  --delay MS           30 one way    --host-delay MS    1, mean until a program reads
  --size MIB           64            --piece KIB        256
  --strategy p2p|hybrid|seedbox|cdn
  --arrivals at-once|poisson         --over S           60, over which Poisson arrivals spread
  --freeloaders P      0..1, clients that give nothing
  --leave-half P       0..1, clients that leave half way
  --leave-after S      complete clients leave after so long
  --kill seed|origin   --kill-at S   5
  --rate-change F@S    from second S on every uplink carries F times as much; the bound does not know
  --ideal-tcp          no TCP windows, the line is the only limit
  --ablate A,B         policies left out
  --seed N             1, of the random numbers: the same gives the same
  --limit S            3600 of virtual time
  --json               one JSON line
  --goals              200 clients with 50 links each against the goals; other options apply
  --calibrate FILE     JSON of the real bench: simulates its 8 and 16 clients and tells how far off it is
`;

const options = {
  'clients': { type: 'string' }, 'links': { type: 'string' }, 'seed-links': { type: 'string' }, 'up': { type: 'string' }, 'uplinks': { type: 'string' },
  'down': { type: 'string' }, 'downlinks': { type: 'string' }, 'delay': { type: 'string' }, 'host-delay': { type: 'string' }, 'size': { type: 'string' }, 'piece': { type: 'string' },
  'seeds': { type: 'string' }, 'seed-up': { type: 'string' }, 'origin': { type: 'string' }, 'strategy': { type: 'string' }, 'arrivals': { type: 'string' },
  'over': { type: 'string' }, 'freeloaders': { type: 'string' }, 'leave-half': { type: 'string' }, 'leave-after': { type: 'string' }, 'kill': { type: 'string' },
  'kill-at': { type: 'string' }, 'rate-change': { type: 'string' }, 'ideal-tcp': { type: 'boolean' }, 'ablate': { type: 'string' }, 'seed': { type: 'string' }, 'limit': { type: 'string' },
  'json': { type: 'boolean' }, 'goals': { type: 'boolean' }, 'calibrate': { type: 'string' }, 'help': { type: 'boolean' },
} as const;

export interface SimulatorOptions { scenario: Scenario; json: boolean; goals: boolean; calibrate: string | null; help: boolean }

function rateChange(text: string | undefined): Scenario['rateChange'] {
  if (text === undefined) return null;
  const [factor = NaN, atSeconds = NaN] = text.split('@').map(Number);
  if (!(factor > 0) || !(atSeconds >= 0)) throw new Error(`--rate-change wants a factor and a second, as 0.25@5, not "${text}".`);
  return { factor, atSeconds };
}

/** @throws Error with a sentence */
export function readOptions(args: string[]): SimulatorOptions {
  const { values } = parseArgs({ args, options, strict: true });
  const number = (name: keyof typeof values, otherwise: number, least = 0, most = Infinity): number => {
    const text = values[name];
    if (typeof text !== 'string') return otherwise;
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most)) throw new Error(`--${name} wants a number${least > 0 || most < Infinity ? ` from ${least}` : ''}${most < Infinity ? ` to ${most}` : ''}, not "${text}".`);
    return value;
  };
  const whole = (name: keyof typeof values, otherwise: number, least = 1): number => Math.round(number(name, otherwise, least));
  const oneOf = <T extends string>(name: keyof typeof values, known: readonly T[], otherwise: T): T => {
    const text = values[name] ?? otherwise;
    if (!known.includes(text as T)) throw new Error(`--${name} wants ${known.join(', ')}, not "${String(text)}".`);
    return text as T;
  };
  const downlinks = (text: string): (number | null)[] => text.split(',').map((word) => {
    const rate = Number(word);
    if (word === '' || !(rate >= 0)) throw new Error(`--downlinks wants numbers with commas between, not "${text}".`);
    return rate === 0 ? null : rate * 1e6;
  });
  const strategy = oneOf('strategy', STRATEGIES, 'p2p');
  const clients = whole('clients', values.goals ? 200 : DEFAULT_SCENARIO.clients);
  const links = whole('links', DEFAULT_SCENARIO.links);
  const up = number('up', 5) * 1e6;
  const uplinks = (values.uplinks ?? '').split(',').filter(Boolean).map((text) => Number(text) * 1e6);
  if (uplinks.some((rate) => !(rate > 0))) throw new Error(`--uplinks wants numbers with commas between, not "${values.uplinks}".`);
  // Without other words the sources are those of the real bench.
  const mean = (uplinks.length > 0 ? uplinks.reduce((sum, rate) => sum + rate, 0) / uplinks.length : up) / 1e6;
  const seeds = { p2p: 1, seedbox: 3, hybrid: 0, cdn: 0 }[strategy];
  return {
    json: values.json ?? false, goals: values.goals ?? false, calibrate: values.calibrate ?? null, help: values.help ?? false,
    scenario: {
      clients, links, seedLinks: whole('seed-links', links), uplinks: uplinks.length > 0 ? uplinks : [up],
      downlinks: downlinks(values.downlinks ?? values.down ?? '0'),
      delayMs: number('delay', DEFAULT_SCENARIO.delayMs), hostDelayMs: number('host-delay', DEFAULT_SCENARIO.hostDelayMs),
      sizeBytes: Math.round(number('size', 64, 0.01) * 1024 * 1024), pieceBytes: whole('piece', 256, 16) * 1024,
      seeds: whole('seeds', seeds, 0), seedBytesPerSecond: number('seed-up', strategy === 'seedbox' ? (4 * mean) / seeds : mean) * 1e6,
      originBytesPerSecond: number('origin', strategy === 'hybrid' || strategy === 'cdn' ? 4 * mean : 0) * 1e6, strategy, smoothing: null,
      arrivals: oneOf('arrivals', ['at-once', 'poisson'], 'at-once'), arrivalSeconds: number('over', 60),
      freeloaders: number('freeloaders', 0, 0, 1), leaveHalfWay: number('leave-half', 0, 0, 1),
      leaveAfterSeconds: values['leave-after'] === undefined ? null : number('leave-after', 0),
      kill: oneOf('kill', ['none', 'seed', 'origin'], 'none'), killAtSeconds: number('kill-at', 5), rateChange: rateChange(values['rate-change']), idealTcp: values['ideal-tcp'] ?? false,
      ablate: readPolicies(values.ablate, '--ablate'), randomSeed: whole('seed', 1, 0), limitSeconds: number('limit', 3600, 1),
    },
  };
}
