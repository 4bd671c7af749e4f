// `flashswarm forecast`: how long a crowd will need, and what it takes to be done in time.
import { UsageError } from '../headless/starter.ts';
import { forecast } from '../forecast/forecast.ts';
import type { ForecastInput } from '../forecast/forecast.ts';
import { measuredEfficiency } from '../forecast/measured-efficiency.ts';
import { needed, parseNone } from './arguments.ts';
import { exitCodes, exitCodesHelp } from './exit-codes.ts';
import { forecastText } from './forecast-text.ts';
import { openReport } from './report.ts';
import { parseBytes, parseCount, parseRate, parseTime } from './units.ts';

export const forecastHelp = `Usage: flashswarm forecast --audience N --size SIZE --up RATE --down RATE [--seeds N --seed-up RATE] [--origin RATE]

Says how long it takes until everybody has it, over HTTP alone and together, how much the server sends, and how many
seeds or how large a server it takes to be done in time. It asks nobody: it is arithmetic, from the shortest time
that is possible and what was measured of it.

  --audience N        people who come at the same moment
  --size SIZE         of what they want: 700MB, 4GiB
  --up, --down RATE   of each of them: 10Mbit/s, 5MB/s
  --seeds N           seeds that have everything; with --seed-up
  --seed-up RATE      of each seed
  --origin RATE       of the web server or CDN
  --within TIME       what it takes to be done in so long: 90s, 10min, 2h
  --efficiency E      part of what is possible that the crowd reaches, above 0 to 1; without it what was measured
  --json              one JSON line: {"type": "forecast", "httpSeconds", "togetherSeconds", ...}, rates in bytes per
                      second, null for never
  --help              this text

${exitCodesHelp}`;

const text = { type: 'string' } as const;
const options = {
  'audience': text, 'size': text, 'up': text, 'down': text, 'seeds': text, 'seed-up': text, 'origin': text, 'within': text, 'efficiency': text,
  'json': { type: 'boolean' }, 'help': { type: 'boolean', short: 'h' },
} as const;

/** @returns the exit code */
export async function forecastCommand(args: string[]): Promise<number> {
  const report = openReport(args.includes('--json'));
  try {
    const values = parseNone(args, options);
    if (values.help) {
      process.stdout.write(forecastHelp);
      return exitCodes.done;
    }
    const input = readForecast(values);
    const measured = measuredEfficiency(input.audience);
    const said = forecast(input);
    const howFar = values.efficiency !== undefined ? `${Math.round(input.efficiency * 100)} %, as given.`
      : `${Math.round(input.efficiency * 100)} %, measured with ${measured.measurement.clients} clients (${measured.measurement.source}).`;
    const json = Object.fromEntries(Object.entries(said).map(([name, value]) => [name, value === Infinity ? null : value]));
    const line = { type: 'forecast', ...input, efficiencyFrom: values.efficiency === undefined ? measured.measurement : 'given', ...json };
    process.stdout.write(`${values.json ? JSON.stringify(line) : forecastText(input, said, howFar)}\n`);
    return exitCodes.done;
  } catch (error) {
    return report.fail(error);
  }
}

type Values = Partial<Record<Exclude<keyof typeof options, 'json' | 'help'>, string>>;

/** Everything checked. @throws {UsageError} */
export function readForecast(values: Values): ForecastInput {
  const positive = (value: number, option: string): number => {
    if (value > 0) return value;
    throw new UsageError(`${option} must be more than 0.`);
  };
  const audience = positive(parseCount(needed(values.audience, '--audience'), '--audience'), '--audience');
  const sizeBytes = positive(parseBytes(needed(values.size, '--size'), '--size'), '--size');
  const upBytesPerSecond = parseRate(needed(values.up, '--up'), '--up');
  const downBytesPerSecond = positive(parseRate(needed(values.down, '--down'), '--down'), '--down');
  const seedUpBytesPerSecond = values['seed-up'] === undefined ? 0 : positive(parseRate(values['seed-up'], '--seed-up'), '--seed-up');
  const seeds = values.seeds === undefined ? (seedUpBytesPerSecond > 0 ? 1 : 0) : parseCount(values.seeds, '--seeds', 1e6);
  if (seeds > 0 && seedUpBytesPerSecond === 0) throw new UsageError('--seed-up is missing: how fast does a seed send?');
  const originBytesPerSecond = values.origin === undefined ? 0 : parseRate(values.origin, '--origin');
  if (seeds === 0 && originBytesPerSecond === 0) throw new UsageError('Somebody has to have it first: --seeds with --seed-up, or --origin.');
  const efficiency = values.efficiency === undefined ? measuredEfficiency(audience).efficiency : Number(values.efficiency);
  if (!/^\d*\.?\d+$/.test(values.efficiency ?? '1') || !(efficiency > 0 && efficiency <= 1)) throw new UsageError(`--efficiency wants a number above 0, at most 1, not "${values.efficiency}".`);
  const withinSeconds = values.within === undefined ? null : positive(parseTime(values.within, '--within'), '--within');
  return { audience, sizeBytes, upBytesPerSecond, downBytesPerSecond, seeds, seedUpBytesPerSecond, originBytesPerSecond, efficiency, withinSeconds };
}
