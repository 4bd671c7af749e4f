// A forecast in plain words.
import type { Forecast, ForecastInput } from '../forecast/forecast.ts';
import { formatBytes, formatDuration } from './format.ts';
import { formatRate } from './units.ts';

const bottlenecks = {
  sources: 'How fast the seeds and the server send everything once. More of them, or faster ones, help.',
  downlink: "People's own lines down. No seed and no server makes it faster.",
  everybody: 'What all uplinks together can carry. More seeds or a larger server help as much as they add to that.',
} as const;

/** @param howFar where the efficiency comes from, a sentence */
export function forecastText(input: ForecastInput, said: Forecast, howFar: string): string {
  const { audience, sizeBytes, seeds, originBytesPerSecond } = input;
  const hasOrigin = originBytesPerSecond > 0;
  const rows: [string, string][] = [];
  if (hasOrigin) rows.push(['HTTP alone', `${after(said.httpSeconds)}; the server sends ${formatBytes(said.httpOriginBytes)}.`]);
  rows.push(['Together', `${after(said.togetherSeconds)}${sooner(said, hasOrigin)}${hasOrigin ? `; the server sends about ${formatBytes(said.togetherOriginBytes)}` : ''}. `
    + `People send one another ${Math.round(said.peersShare * 100)} % of it.`]);
  rows.push(['Held up by', bottlenecks[said.bottleneck]]);
  if (hasOrigin) {
    rows.push(['Server fails', seeds > 0 ? `At the start: the seeds do it alone, ${after(said.withoutOriginSeconds)}.` : 'At the start, without seeds: nobody gets it. Add at least one seed.']);
  } else rows.push(['Seeds fail', 'At the start: nobody gets it.']);
  const afterwards = Number.isFinite(said.aloneAfterwardsSeconds) ? `the crowd goes on by itself, ${after(said.aloneAfterwardsSeconds)}` : 'people without an uplink cannot go on by themselves';
  rows.push(['', `Once everything has been sent once (after ${time(said.onceOutSeconds)}): ${afterwards}.`]);
  if (said.target) rows.push([`In ${formatDuration(said.target.seconds)}`, targetText(input, said)]);
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return [
    `${audience} ${audience === 1 ? 'person wants' : 'people want'} ${formatBytes(sizeBytes)} at the same moment; each has ${formatRate(input.upBytesPerSecond)} up and ${formatRate(input.downBytesPerSecond)} down.`,
    `${sourcesText(input)}`,
    '',
    ...rows.map(([name, text]) => `${name.padEnd(width)}${text}`),
    '',
    `Reckoned from the shortest time that is possible at all (${time(said.boundSeconds)}) and what is reached of it: ${howFar} Everybody comes at once and stays; who comes later or leaves changes it.`,
  ].join('\n');
}

function sourcesText({ seeds, seedUpBytesPerSecond, originBytesPerSecond }: ForecastInput): string {
  const parts = [];
  if (seeds > 0) parts.push(`${seeds} ${seeds === 1 ? 'seed' : 'seeds'} with ${formatRate(seedUpBytesPerSecond)}${seeds === 1 ? '' : ' each'}`);
  if (originBytesPerSecond > 0) parts.push(`a web server with ${formatRate(originBytesPerSecond)}`);
  return `There ${seeds > 1 ? 'are' : 'is'} ${parts.join(' and ')}.`;
}

function targetText(input: ForecastInput, { target }: Forecast): string {
  const { isMet, isPossible, sourceBytesPerSecond, seeds, originBytesPerSecond, httpOriginBytesPerSecond } = target!;
  if (!isPossible) return `Not possible: a line of ${formatRate(input.downBytesPerSecond)} needs ${formatDuration(input.sizeBytes / input.downBytesPerSecond)} for it.`;
  const alone = `A server alone would need ${formatRate(httpOriginBytesPerSecond)}.`;
  if (isMet) return `Done in time as planned. ${alone}`;
  const ways = [
    ...(seeds === null ? [] : [`${seeds} ${seeds === 1 ? 'seed' : 'seeds'} with ${formatRate(input.seedUpBytesPerSecond)}${seeds === 1 ? '' : ' each'}${input.originBytesPerSecond > 0 ? ' beside the server' : ''}`]),
    `a server with ${formatRate(originBytesPerSecond)}${input.seeds > 0 ? ' beside the seeds' : ''}`,
  ];
  if (sourceBytesPerSecond >= httpOriginBytesPerSecond) return `People's uplinks are too slow for that: nearly everything must come from seeds and server. ${alone}`;
  return `Needs ${formatRate(sourceBytesPerSecond)} from seeds and server together: ${ways.join(', or ')}. ${alone}`;
}

const time = (seconds: number): string => (Number.isFinite(seconds) ? formatDuration(seconds) : 'never');
const after = (seconds: number): string => (Number.isFinite(seconds) ? `everybody has it after ${formatDuration(seconds)}` : 'nobody gets all of it');

function sooner({ httpSeconds, togetherSeconds }: Forecast, hasOrigin: boolean): string {
  const times = httpSeconds / togetherSeconds;
  return hasOrigin && Number.isFinite(times) && times >= 1.5 ? ` (${times < 10 ? times.toFixed(1) : Math.round(times)} times sooner)` : '';
}
