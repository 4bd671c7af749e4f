// Bytes by source over time: people below, servers above them, and what is given as a line.
import { useId, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { formatBytes, formatClock, formatRate } from '../../format.ts';
import { FigureFrame } from './figure-frame.tsx';
import { Plot, type PlotLine } from './plot.tsx';
import { largest, roundUp, type Lines } from './plot-data.ts';

export interface OverTime {
  lines: Lines; window: { from: number; to: number }; picked: number | null; onPick: (index: number | null) => void;
  /** Whether the newest values are those of now. */
  running: boolean;
}

const LEAST = 100_000;
/** An end of the axis is round: no decimals that are zero. */
const tick = (bytesPerSecond: number): string => (bytesPerSecond === 0 ? '0' : `${formatBytes(bytesPerSecond).replace('.0', '')}/s`);

/** The index of the largest value. */
export const peakOf = (values: readonly number[]): number => values.reduce((best, value, index) => (value > (values[best] ?? 0) ? index : best), 0);

export function SpeedPlot({ lines, window, picked, onPick }: OverTime) {
  const { t } = useTranslation();
  const id = useId();
  const { at, people, server, received, given } = lines;
  const drawn = useMemo((): PlotLine[] => [
    { ink: 'server', values: received, fill: 'stripes', until: 'next' }, { ink: 'people', values: people, fill: 'solid', until: 'axis' }, { ink: 'given', values: given, dash: [7, 5] },
  ], [received, people, given]);
  const read = picked ?? at.length - 1;
  const rate = (line: readonly number[], index = read): string => formatRate(line[index] ?? 0);
  const when = picked === null ? t('crowd.now') : t('crowd.at', { clock: formatClock(at[picked] ?? 0, true) });
  const values = [
    { mark: 'people' as const, name: t('crowd.fromPeople'), value: rate(people) }, { mark: 'server' as const, name: t('crowd.fromServers'), value: rate(server) },
    { mark: 'given' as const, name: t('crowd.given'), value: rate(given) },
  ];
  const peak = peakOf(received);
  const last = at.length - 1;
  const summary = t('crowd.speedSummary', {
    from: formatClock(at[0] ?? 0), to: formatClock(at.at(-1) ?? 0), now: t('crowd.now'), people: rate(people, last), server: rate(server, last), given: rate(given, last),
    mostAt: formatClock(at[peak] ?? 0, true), most: rate(received, peak),
  });
  return (
    <FigureFrame id={id} title={t('crowd.speed')} when={when} values={values} summary={`${summary} ${t('crowd.keys')}`}>
      <Plot
        label={t('crowd.speedLabel')} describedBy={`${id}-summary`} at={at} window={window} lines={drawn} top={roundUp(largest(received, given), LEAST)} tick={tick}
        picked={picked} onPick={onPick} valueText={`${when}: ${values.map((one) => `${one.name} ${one.value}`).join(', ')}`}
      />
    </FigureFrame>
  );
}
