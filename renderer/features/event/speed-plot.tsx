// Bytes by source over time: people below, servers above them, and what is given as a line.
import { useId, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { formatBytes, formatClock, formatRate } from '../../format.ts';
import { FigureFrame } from './figure-frame.tsx';
import { Plot, type PlotLine } from './plot.tsx';
import { largest, readingAt, roundUp, type Lines } from './plot-data.ts';

export interface OverTime {
  lines: Lines; window: { from: number; to: number }; picked: number | null; onPick: (index: number | null) => void;
  /** What the newest values are of: now, or whenever the engine was last heard. */
  newest: string;
}

const LEAST = 100_000;
/** An end of the axis is round: no decimals that are zero. */
const tick = (bytesPerSecond: number): string => (bytesPerSecond === 0 ? '0' : `${formatBytes(bytesPerSecond).replace('.0', '')}/s`);

/** The index of the largest value. */
export const peakOf = (values: readonly number[]): number => values.reduce((best, value, index) => (value > (values[best] ?? 0) ? index : best), 0);

export function SpeedPlot({ lines, window, picked, onPick, newest }: OverTime) {
  const { t } = useTranslation();
  const id = useId();
  const { at, people, received, given } = lines;
  const drawn = useMemo((): PlotLine[] => [
    { ink: 'server', values: received, fill: 'stripes', until: 'next' }, { ink: 'people', values: people, fill: 'solid', until: 'axis' }, { ink: 'given', values: given, dash: [7, 5] },
  ], [received, people, given]);
  const reading = readingAt(lines, picked);
  const when = picked === null ? newest : t('crowd.at', { clock: formatClock(at[picked] ?? 0, true) });
  const values = [
    { mark: 'people' as const, name: t('crowd.fromPeople'), value: formatRate(reading.people) }, { mark: 'server' as const, name: t('crowd.fromServers'), value: formatRate(reading.server) },
    { mark: 'given' as const, name: t('crowd.given'), value: formatRate(reading.given) },
  ];
  const peak = peakOf(received);
  const summary = t('crowd.speedSummary', {
    from: formatClock(at[0] ?? 0), to: formatClock(at.at(-1) ?? 0), now: newest, people: formatRate(lines.newest.people), server: formatRate(lines.newest.server), given: formatRate(lines.newest.given),
    mostAt: formatClock(at[peak] ?? 0, true), most: formatRate(received[peak] ?? 0),
  });
  return (
    <FigureFrame id={id} title={t('crowd.speed')} when={when} values={values} wide summary={`${summary} ${t('crowd.keys')}`}>
      <Plot
        label={t('crowd.speedLabel')} describedBy={`${id}-summary`} at={at} window={window} lines={drawn} top={roundUp(largest(received, given), LEAST)} tick={tick}
        picked={picked} onPick={onPick} valueText={`${when}: ${values.map((one) => `${one.name} ${one.value}`).join(', ')}`}
      />
    </FigureFrame>
  );
}
