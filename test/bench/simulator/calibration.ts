// Compares simulated crowds with what the real bench (test/bench/crowd) measured of the same ones.
import { readFileSync } from 'node:fs';
import { simulateCrowd } from './crowd.ts';
import { DEFAULT_SCENARIO } from './scenario.ts';
import type { Scenario } from './scenario.ts';

export interface Calibration {
  label: string;
  /** Seconds of the last finisher. */
  real: number;
  simulated: number;
  /** Of the last and of the median: simulated / real - 1. */
  error: number;
  p50Error: number;
  /** The machine, not the lines, held the real run up. */
  isVoid: boolean;
}

/** A row of the bench's table: medians of the rounds of one crowd. */
interface RealRow {
  label: string; strategy: string; kinds: Record<string, number>; voids: number; clients: number; isComplete: boolean; lastSeconds: number; p50Seconds: number;
}

interface RealOptions {
  uplinks: number[]; down: number | null; delayMs: number; bytes: number; pieceBytes: number; seedRate: number; without: string[];
  arrivalsPerSecond: number | null; kill: unknown;
}

/** What the file cannot tell: chance, and how long programs wait for a core. */
export type Machine = Pick<Scenario, 'randomSeed' | 'hostDelayMs'>;

/** Between namespaces of one machine there is no way to speak of. */
const LOCAL_DELAY_MS = 0.1;

/** The scenario that a real crowd was; null for one that cannot be simulated: other clients, other sources, something killed. */
export function scenarioOf(options: RealOptions, row: RealRow, machine: Machine): Scenario | null {
  if (row.strategy !== 'p2p' || !row.isComplete || Object.keys(row.kinds).join() !== 'flashswarm') return null;
  if (options.kill || options.arrivalsPerSecond !== null) return null;
  return {
    ...DEFAULT_SCENARIO, clients: row.clients, links: 200, seedLinks: 200, uplinks: options.uplinks, downlinks: [options.down],
    delayMs: LOCAL_DELAY_MS + options.delayMs, sizeBytes: options.bytes, pieceBytes: options.pieceBytes, seedBytesPerSecond: options.seedRate,
    ablate: options.without, ...machine,
  };
}

/** @returns one line for each crowd of the file that could be simulated */
export async function calibrate(file: string, machine: Machine): Promise<Calibration[]> {
  const { options, table } = JSON.parse(readFileSync(file, 'utf8')) as { options: RealOptions; table: RealRow[] };
  const found: Calibration[] = [];
  for (const row of table) {
    const scenario = scenarioOf(options, row, machine);
    if (!scenario) continue;
    const { last, p50 } = await simulateCrowd(scenario);
    found.push({
      label: `${row.clients} clients at ${options.uplinks.map((rate) => rate / 1e6).join(', ')} MB/s`, real: row.lastSeconds, simulated: last,
      error: last / row.lastSeconds - 1, p50Error: p50 / row.p50Seconds - 1, isVoid: row.voids > 0,
    });
  }
  return found;
}
