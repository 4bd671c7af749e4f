// How many people were connected over time, and how many of them helped.
import { useId, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { formatClock, formatNumber } from '../../format.ts';
import { FigureFrame } from './figure-frame.tsx';
import { Plot, type PlotLine } from './plot.tsx';
import { largest, readingAt, roundUp } from './plot-data.ts';
import { peakOf, type OverTime } from './speed-plot.tsx';

const LEAST = 4;

export function PeoplePlot({ lines, window, picked, onPick, newest }: OverTime) {
  const { t } = useTranslation();
  const id = useId();
  const { at, connected, helping } = lines;
  const drawn = useMemo((): PlotLine[] => [{ ink: 'connected', values: connected, dash: [2, 3] }, { ink: 'people', values: helping, fill: 'solid', until: 'axis' }], [connected, helping]);
  const reading = readingAt(lines, picked);
  const count = (value: number): string => formatNumber(Math.round(value));
  const when = picked === null ? newest : t('crowd.at', { clock: formatClock(at[picked] ?? 0, true) });
  const values = [
    { mark: 'people' as const, name: t('crowd.helping'), value: count(reading.helping) }, { mark: 'connected' as const, name: t('crowd.connected'), value: count(reading.connected) },
  ];
  const peak = peakOf(connected);
  const summary = t('crowd.peopleSummary', {
    from: formatClock(at[0] ?? 0), to: formatClock(at.at(-1) ?? 0), now: newest, connected: count(lines.newest.connected), helping: count(lines.newest.helping),
    mostAt: formatClock(at[peak] ?? 0, true), most: count(connected[peak] ?? 0),
  });
  return (
    <FigureFrame id={id} title={t('crowd.people')} when={when} values={values} summary={`${summary} ${t('crowd.keys')}`}>
      <Plot
        label={t('crowd.peopleLabel')} describedBy={`${id}-summary`} at={at} window={window} lines={drawn} top={roundUp(largest(connected, helping), LEAST)} tick={(value) => formatNumber(value)}
        picked={picked} onPick={onPick} valueText={`${when}: ${values.map((one) => `${one.name} ${one.value}`).join(', ')}`}
      />
    </FigureFrame>
  );
}
